// The steps of SHA-1 and SHA-256 (FIPS 180-4) as the SHA extensions divide them
// (SDM 2B "SHA1RNDS4" and following).
#pragma once

#include <emmintrin.h>

namespace vireo::sha {

__m128i sha1rnds4(__m128i d, __m128i s, unsigned imm);
__m128i sha1nexte(__m128i d, __m128i s);
__m128i sha1msg1(__m128i d, __m128i s);
__m128i sha1msg2(__m128i d, __m128i s);
// `words`: two message words with their constants added (XMM0).
__m128i sha256rnds2(__m128i d, __m128i s, __m128i words);
__m128i sha256msg1(__m128i d, __m128i s);
__m128i sha256msg2(__m128i d, __m128i s);

}  // namespace vireo::sha
