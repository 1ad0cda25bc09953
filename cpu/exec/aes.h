// The rounds of the Advanced Encryption Standard (FIPS 197) on one vector, as
// AES-NI divides them (SDM 2A "AESENC", SDM 1 12.13).
#pragma once

#include <emmintrin.h>

namespace vireo::aes {

__m128i enc(__m128i state, __m128i key);
__m128i enclast(__m128i state, __m128i key);
__m128i dec(__m128i state, __m128i key);
__m128i declast(__m128i state, __m128i key);
__m128i imc(__m128i key);
__m128i keygenassist(__m128i key, unsigned round_constant);

}  // namespace vireo::aes
