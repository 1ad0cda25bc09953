// AES-NI, PCLMULQDQ and SHA as instructions without VEX.
#include "cpu/exec/crypto.h"

#include "cpu/exec/crypto_ops.h"
#include "cpu/exec/sha.h"

namespace vireo {
namespace crypto {

__m128i pclmulqdq(__m128i d, __m128i s, unsigned imm) {
  const uint64_t a = to_lanes<uint64_t>(d)[imm & 1], b = to_lanes<uint64_t>(s)[imm >> 4 & 1];
  uint64_t low = 0, high = 0;
  for (unsigned i = 0; i < 64; ++i) {
    if (!(b >> i & 1)) continue;
    low ^= a << i;
    high ^= i == 0 ? 0 : a >> (64 - i);
  }
  return from_lanes<uint64_t>({low, high});
}

bool host_has_aes() {
  static const bool has = __builtin_cpu_supports("aes");
  return has;
}
bool host_has_pclmul() {
  static const bool has = __builtin_cpu_supports("pclmul");
  return has;
}

}  // namespace crypto

namespace {

// The round's words are in XMM0.
struct Sha256Rounds : VecSourceOperand<VecSource::kAligned> {
  static constexpr bool kFloat = false;
  static void apply(Cpu& cpu, const Op* op, __m128i s) {
    set_vec(cpu, op->dst, sha::sha256rnds2(vec(cpu, op->dst), s, vec(cpu, 0)));
  }
};

struct MakeLegacy {
  template <auto f>
  static constexpr VecHandlers with() {
    return vec_op<f>();
  }
};

VecHandlers sha_handlers(unsigned arg) {
  switch (arg) {
    case kSha1rnds4: return vec_op<sha::sha1rnds4>();
    case kSha1nexte: return vec_op<sha::sha1nexte>();
    case kSha1msg1: return vec_op<sha::sha1msg1>();
    case kSha1msg2: return vec_op<sha::sha1msg2>();
    case kSha256rnds2: return vec_handlers<Sha256Rounds>();
    case kSha256msg1: return vec_op<sha::sha256msg1>();
    case kSha256msg2: return vec_op<sha::sha256msg2>();
    default: return {};
  }
}

}  // namespace

bool emit_crypto(const Insn& insn, Op& op) {
  const unsigned arg = insn.row->arg;
  const bool sha = arg >= kSha1rnds4;
  return emit_vec(insn, op, sha ? sha_handlers(arg) : crypto::aes_handlers<MakeLegacy>(arg));
}

}  // namespace vireo
