// SSE4.1 and SSE4.2 on integers (SDM 2A, 2B) as functions on values: minima,
// products, extensions, blends, MPSADBW, PHMINPOSUW, INSERTPS.
#pragma once

#include <algorithm>

#include "cpu/exec/sse.h"
#include "cpu/exec/sse_lanes.h"

namespace vireo {

template <typename T>
__m128i minimum(__m128i d, __m128i s) {
  return map_lanes<T>(d, s, [](T a, T b) { return std::min(a, b); });
}
template <typename T>
__m128i maximum(__m128i d, __m128i s) {
  return map_lanes<T>(d, s, [](T a, T b) { return std::max(a, b); });
}

inline __m128i pmuldq(__m128i d, __m128i s) {
  return map_lanes<int64_t>(d, s, [](int64_t a, int64_t b) {
    return int64_t{static_cast<int32_t>(a)} * static_cast<int32_t>(b);
  });
}
inline __m128i pmulld(__m128i d, __m128i s) {
  return map_lanes<uint32_t>(d, s, [](uint32_t a, uint32_t b) { return a * b; });
}
inline __m128i pcmpeqq(__m128i d, __m128i s) {
  return map_lanes<uint64_t>(d, s, [](uint64_t a, uint64_t b) { return a == b ? ~0ull : 0ull; });
}
inline __m128i pcmpgtq(__m128i d, __m128i s) {
  return map_lanes<int64_t>(d, s, [](int64_t a, int64_t b) { return int64_t{a > b ? -1 : 0}; });
}

inline __m128i packusdw(__m128i d, __m128i s) {
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
inline __m128i phminposuw(__m128i s) {
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
inline __m128i mpsadbw(__m128i d, __m128i s, unsigned imm) {
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

inline __m128i insertps(__m128i d, __m128i s, unsigned imm) {
  auto out = to_lanes<uint32_t>(d);
  out[imm >> 4 & 3] = to_lanes<uint32_t>(s)[imm >> 6];
  for (unsigned i = 0; i < 4; ++i) {
    if (imm >> i & 1) out[i] = 0;
  }
  return from_lanes<uint32_t>(out);
}

// A memory source has but one element, whatever the immediate selects.
inline __m128i insertps_memory(__m128i d, __m128i s, unsigned imm) {
  return insertps(d, s, imm & 0x3f);
}

// Lanes of `yes` where the top bit of the mask's lane is set, others of `no`.
template <typename T>
__m128i select_by_sign(__m128i no, __m128i yes, __m128i mask) {
  auto out = to_lanes<T>(no);
  const auto in = to_lanes<T>(yes);
  const auto signs = to_lanes<std::make_signed_t<T>>(mask);
  for (unsigned i = 0; i < out.size(); ++i) out[i] = signs[i] < 0 ? in[i] : out[i];
  return from_lanes<T>(out);
}

// The host's own instruction, where it has one: a shuffle by bytes is slow
// otherwise, and much used.
inline __m128i host_pshufb(__m128i d, __m128i s) {
  asm("pshufb %1, %0" : "+x"(d) : "x"(s));
  return d;
}

// Make::with<f>() for the operation `arg` on two vectors; Make::none() for any other.
template <class Make>
auto sse4_operation(unsigned arg) {
  switch (arg) {
    case kPminsb: return Make::template with<minimum<int8_t>>();
    case kPminsd: return Make::template with<minimum<int32_t>>();
    case kPminuw: return Make::template with<minimum<uint16_t>>();
    case kPminud: return Make::template with<minimum<uint32_t>>();
    case kPmaxsb: return Make::template with<maximum<int8_t>>();
    case kPmaxsd: return Make::template with<maximum<int32_t>>();
    case kPmaxuw: return Make::template with<maximum<uint16_t>>();
    case kPmaxud: return Make::template with<maximum<uint32_t>>();
    case kPmuldq: return Make::template with<pmuldq>();
    case kPmulld: return Make::template with<pmulld>();
    case kPcmpeqq: return Make::template with<pcmpeqq>();
    case kPcmpgtq: return Make::template with<pcmpgtq>();
    case kPackusdw: return Make::template with<packusdw>();
    case kPhminposuw: return Make::template with<phminposuw>();
    case kPblendw: return Make::template with<blend<uint16_t>>();
    default: return Make::none();
  }
}

// Make::extension<To, From>() for a sign or zero extension.
template <class Make>
auto extension_operation(unsigned arg) {
  switch (arg) {
    case kPmovsxbw: return Make::template extension<int16_t, int8_t>();
    case kPmovsxbd: return Make::template extension<int32_t, int8_t>();
    case kPmovsxbq: return Make::template extension<int64_t, int8_t>();
    case kPmovsxwd: return Make::template extension<int32_t, int16_t>();
    case kPmovsxwq: return Make::template extension<int64_t, int16_t>();
    case kPmovsxdq: return Make::template extension<int64_t, int32_t>();
    case kPmovzxbw: return Make::template extension<uint16_t, uint8_t>();
    case kPmovzxbd: return Make::template extension<uint32_t, uint8_t>();
    case kPmovzxbq: return Make::template extension<uint64_t, uint8_t>();
    case kPmovzxwd: return Make::template extension<uint32_t, uint16_t>();
    case kPmovzxwq: return Make::template extension<uint64_t, uint16_t>();
    case kPmovzxdq: return Make::template extension<uint64_t, uint32_t>();
    default: return Make::none();
  }
}

}  // namespace vireo
