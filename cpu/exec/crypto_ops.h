// AES rounds and the carry-less product as functions on vectors: the host's own
// instructions where it has them, our own code elsewhere.
#pragma once

#include "cpu/exec/aes.h"
#include "cpu/exec/crypto.h"
#include "cpu/exec/sse_handler.h"
#include "cpu/exec/sse_lanes.h"

namespace vireo::crypto {

#define VIREO_HOST_AES(name)                            \
  inline __m128i host_##name(__m128i d, __m128i s) {    \
    asm(#name " %1, %0" : "+x"(d) : "x"(s));            \
    return d;                                           \
  }
VIREO_HOST_AES(aesenc)
VIREO_HOST_AES(aesenclast)
VIREO_HOST_AES(aesdec)
VIREO_HOST_AES(aesdeclast)
#undef VIREO_HOST_AES

// The quadwords that the immediate names, as polynomials over GF(2) (SDM 2B
// "PCLMULQDQ").
inline __m128i host_pclmulqdq(__m128i d, __m128i s, unsigned imm) {
  if (imm & 1) d = _mm_unpackhi_epi64(d, d);
  if (imm & 0x10) s = _mm_unpackhi_epi64(s, s);
  asm("pclmulqdq $0, %1, %0" : "+x"(d) : "x"(s));
  return d;
}
__m128i pclmulqdq(__m128i d, __m128i s, unsigned imm);

bool host_has_aes();
bool host_has_pclmul();

// Make::with<f>() gives the handlers of a function; none for other instructions.
template <class Make>
VecHandlers aes_handlers(unsigned arg) {
  const bool fast = host_has_aes();
  switch (arg) {
    case kAesenc:
      return fast ? Make::template with<host_aesenc>() : Make::template with<aes::enc>();
    case kAesenclast:
      return fast ? Make::template with<host_aesenclast>() : Make::template with<aes::enclast>();
    case kAesdec:
      return fast ? Make::template with<host_aesdec>() : Make::template with<aes::dec>();
    case kAesdeclast:
      return fast ? Make::template with<host_aesdeclast>() : Make::template with<aes::declast>();
    case kAesimc: return Make::template with<aes::imc>();
    case kAeskeygenassist: return Make::template with<aes::keygenassist>();
    case kPclmulqdq:
      return host_has_pclmul() ? Make::template with<host_pclmulqdq>()
                               : Make::template with<pclmulqdq>();
    default: return {};
  }
}

}  // namespace vireo::crypto
