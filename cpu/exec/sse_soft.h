// Operations whose host instruction is missing from baseline x86-64 (ROUNDxx) or
// differs between makers of processors (RCPxx, RSQRTxx): computed on the bits.
#pragma once

#include <emmintrin.h>

#include <cstdint>

namespace vireo {

// ROUNDPS and relatives (SDM 2B): IE for a signalling NaN, PE unless imm bit 3;
// flags go into the host's MXCSR, whose RC and DAZ are obeyed.
__m128i roundps(__m128i s, unsigned imm);
__m128i roundpd(__m128i s, unsigned imm);
__m128i roundss(__m128i d, __m128i s, unsigned imm);
__m128i roundsd(__m128i d, __m128i s, unsigned imm);

// Reciprocals within the documented error of 1.5 * 2^-12, no flags. The SDM
// leaves the low bits open; here they are the true value rounded to 12 bits
// after the leading one, on every host.
__m128i rcpps(__m128i s);
__m128i rcpss(__m128i d, __m128i s);
__m128i rsqrtps(__m128i s);
__m128i rsqrtss(__m128i d, __m128i s);

}  // namespace vireo
