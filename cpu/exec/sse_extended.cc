// SSSE3, SSE4.1 and SSE4.2 on integers and bits: minima, products, extensions,
// blends, MPSADBW, PHMINPOSUW, INSERTPS.
#include <algorithm>

#include "cpu/exec/sse_handler.h"
#include "cpu/exec/sse_ssse3_ops.h"

namespace vireo {
namespace {

template <typename T>
__m128i minimum(__m128i d, __m128i s) {
  return map_lanes<T>(d, s, [](T a, T b) { return std::min(a, b); });
}
template <typename T>
__m128i maximum(__m128i d, __m128i s) {
  return map_lanes<T>(d, s, [](T a, T b) { return std::max(a, b); });
}

__m128i pmuldq(__m128i d, __m128i s) {
  return map_lanes<int64_t>(d, s, [](int64_t a, int64_t b) {
    return int64_t{static_cast<int32_t>(a)} * static_cast<int32_t>(b);
  });
}
__m128i pmulld(__m128i d, __m128i s) {
  return map_lanes<uint32_t>(d, s, [](uint32_t a, uint32_t b) { return a * b; });
}
__m128i pcmpeqq(__m128i d, __m128i s) {
  return map_lanes<uint64_t>(d, s, [](uint64_t a, uint64_t b) { return a == b ? ~0ull : 0ull; });
}
__m128i pcmpgtq(__m128i d, __m128i s) {
  return map_lanes<int64_t>(d, s, [](int64_t a, int64_t b) { return int64_t{a > b ? -1 : 0}; });
}

__m128i packusdw(__m128i d, __m128i s) {
  const auto a = to_lanes<int32_t>(d), b = to_lanes<int32_t>(s);
  Lanes<uint16_t> out;
  for (unsigned i = 0; i < 4; ++i) {
    out[i] = saturate<uint16_t>(a[i]);
    out[4 + i] = saturate<uint16_t>(b[i]);
  }
  return from_lanes<uint16_t>(out);
}

template <typename To, typename From>
__m128i extend(__m128i s) {
  const auto in = to_lanes<From>(s);
  Lanes<To> out;
  for (unsigned i = 0; i < out.size(); ++i) out[i] = in[i];
  return from_lanes<To>(out);
}

// The smallest word and its index.
__m128i phminposuw(__m128i s) {
  const auto in = to_lanes<uint16_t>(s);
  const auto least = std::min_element(in.begin(), in.end());
  return from_lanes<uint16_t>({*least, static_cast<uint16_t>(least - in.begin())});
}

// Lanes of s where the immediate's bit is set.
template <typename T>
__m128i blend(__m128i d, __m128i s, unsigned imm) {
  auto out = to_lanes<T>(d);
  const auto in = to_lanes<T>(s);
  for (unsigned i = 0; i < out.size(); ++i) {
    if (imm >> i & 1) out[i] = in[i];
  }
  return from_lanes<T>(out);
}

// Eight sums of four absolute differences (SDM 2B "MPSADBW").
__m128i mpsadbw(__m128i d, __m128i s, unsigned imm) {
  const auto a = to_lanes<uint8_t>(d), b = to_lanes<uint8_t>(s);
  const unsigned from_a = (imm >> 2 & 1) * 4, from_b = (imm & 3) * 4;
  Lanes<uint16_t> out{};
  for (unsigned i = 0; i < 8; ++i) {
    for (unsigned k = 0; k < 4; ++k) {
      const int difference = a[from_a + i + k] - b[from_b + k];
      out[i] = static_cast<uint16_t>(out[i] + (difference < 0 ? -difference : difference));
    }
  }
  return from_lanes<uint16_t>(out);
}

__m128i insertps(__m128i d, __m128i s, unsigned imm) {
  auto out = to_lanes<uint32_t>(d);
  out[imm >> 4 & 3] = to_lanes<uint32_t>(s)[imm >> 6];
  for (unsigned i = 0; i < 4; ++i) {
    if (imm >> i & 1) out[i] = 0;
  }
  return from_lanes<uint32_t>(out);
}
// A memory source has but one element, whatever the immediate selects.
__m128i insertps_memory(__m128i d, __m128i s, unsigned imm) { return insertps(d, s, imm & 0x3f); }

// The host's own instruction, where it has one: a shuffle by bytes is slow
// otherwise, and much used.
__m128i host_pshufb(__m128i d, __m128i s) {
  asm("pshufb %1, %0" : "+x"(d) : "x"(s));
  return d;
}
VecHandlers pshufb_handlers() {
  static const bool offered = __builtin_cpu_supports("ssse3");
  return offered ? vec_op<host_pshufb>() : vec_op<pshufb<16>>();
}

// Lanes of the source where the top bit of XMM0's lane is set.
template <typename T>
struct BlendByXmm0 : VecSourceOperand<VecSource::kAligned> {
  static constexpr bool kFloat = false;
  static void apply(Cpu& cpu, const Op* op, __m128i s) {
    auto out = to_lanes<T>(vec(cpu, op->dst));
    const auto in = to_lanes<T>(s);
    const auto mask = to_lanes<std::make_signed_t<T>>(vec(cpu, 0));
    for (unsigned i = 0; i < out.size(); ++i) out[i] = mask[i] < 0 ? in[i] : out[i];
    set_vec(cpu, op->dst, from_lanes<T>(out));
  }
};

struct MakeVec {
  template <auto f>
  static constexpr VecHandlers with() {
    return vec_op<f>();
  }
  static constexpr VecHandlers none() { return {}; }
};

VecHandlers extension_handlers(unsigned arg) {
  switch (arg) {
    case kPmovsxbw: return vec_op<extend<int16_t, int8_t>, VecSource::k64>();
    case kPmovsxbd: return vec_op<extend<int32_t, int8_t>, VecSource::k32>();
    case kPmovsxbq: return vec_op<extend<int64_t, int8_t>, VecSource::k16>();
    case kPmovsxwd: return vec_op<extend<int32_t, int16_t>, VecSource::k64>();
    case kPmovsxwq: return vec_op<extend<int64_t, int16_t>, VecSource::k32>();
    case kPmovsxdq: return vec_op<extend<int64_t, int32_t>, VecSource::k64>();
    case kPmovzxbw: return vec_op<extend<uint16_t, uint8_t>, VecSource::k64>();
    case kPmovzxbd: return vec_op<extend<uint32_t, uint8_t>, VecSource::k32>();
    case kPmovzxbq: return vec_op<extend<uint64_t, uint8_t>, VecSource::k16>();
    case kPmovzxwd: return vec_op<extend<uint32_t, uint16_t>, VecSource::k64>();
    case kPmovzxwq: return vec_op<extend<uint64_t, uint16_t>, VecSource::k32>();
    case kPmovzxdq: return vec_op<extend<uint64_t, uint32_t>, VecSource::k64>();
    default: return ssse3_operation<MakeVec, 16>(arg);
  }
}

VecHandlers insertps_handlers() {
  VecHandlers handlers = vec_op<insertps_memory, VecSource::k32>();
  handlers.from_register = vec_op<insertps>().from_register;
  return handlers;
}

VecHandlers extended_handlers(unsigned arg) {
  switch (arg) {
    case kPminsb: return vec_op<minimum<int8_t>>();
    case kPminsd: return vec_op<minimum<int32_t>>();
    case kPminuw: return vec_op<minimum<uint16_t>>();
    case kPminud: return vec_op<minimum<uint32_t>>();
    case kPmaxsb: return vec_op<maximum<int8_t>>();
    case kPmaxsd: return vec_op<maximum<int32_t>>();
    case kPmaxuw: return vec_op<maximum<uint16_t>>();
    case kPmaxud: return vec_op<maximum<uint32_t>>();
    case kPmuldq: return vec_op<pmuldq>();
    case kPmulld: return vec_op<pmulld>();
    case kPcmpeqq: return vec_op<pcmpeqq>();
    case kPcmpgtq: return vec_op<pcmpgtq>();
    case kPackusdw: return vec_op<packusdw>();
    case kPhminposuw: return vec_op<phminposuw>();
    case kBlendps: return vec_op<blend<uint32_t>>();
    case kBlendpd: return vec_op<blend<uint64_t>>();
    case kPblendw: return vec_op<blend<uint16_t>>();
    case kPblendvb: return vec_handlers<BlendByXmm0<uint8_t>>();
    case kBlendvps: return vec_handlers<BlendByXmm0<uint32_t>>();
    case kBlendvpd: return vec_handlers<BlendByXmm0<uint64_t>>();
    case kMpsadbw: return vec_op<mpsadbw>();
    case kInsertps: return insertps_handlers();
    case kPshufb: return pshufb_handlers();
    default: return extension_handlers(arg);
  }
}

}  // namespace

bool emit_sse_extended(const Insn& insn, Op& op) {
  return emit_vec(insn, op, extended_handlers(insn.row->arg));
}

}  // namespace vireo
