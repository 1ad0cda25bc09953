// Emitters of AES-NI, PCLMULQDQ and the SHA extensions, without and with VEX. See
// Emit in cpu/decode/insn.h.
#pragma once

#include "cpu/decode/insn.h"

namespace vireo {

// clang-format off
enum CryptoKind : uint16_t {
  kAesenc, kAesenclast, kAesdec, kAesdeclast, kAesimc, kAeskeygenassist, kPclmulqdq,
  kSha1rnds4, kSha1nexte, kSha1msg1, kSha1msg2, kSha256rnds2, kSha256msg1, kSha256msg2,
};
// clang-format on

bool emit_crypto(const Insn& insn, Op& op);
bool emit_avx_crypto(const Insn& insn, Op& op);

}  // namespace vireo
