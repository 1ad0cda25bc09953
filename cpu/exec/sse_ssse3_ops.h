// SSSE3 (SDM 2A, 2B) as functions on values, for XMM (width 16) and MMX (width 8,
// in the low half).
#pragma once

#include "cpu/exec/sse.h"
#include "cpu/exec/sse_lanes.h"

namespace vireo {

template <unsigned width>
__m128i pshufb(__m128i d, __m128i s) {
  const auto in = to_lanes<uint8_t>(d), selectors = to_lanes<uint8_t>(s);
  Lanes<uint8_t> out{};
  for (unsigned i = 0; i < width; ++i) {
    out[i] = selectors[i] & 0x80 ? 0 : in[selectors[i] & (width - 1)];
  }
  return from_lanes<uint8_t>(out);
}

// Neighbours of d, then neighbours of s, joined by f.
template <typename T, unsigned width, typename F>
__m128i horizontal(__m128i d, __m128i s, F f) {
  constexpr unsigned half = width / sizeof(T) / 2;
  const auto a = to_lanes<T>(d), b = to_lanes<T>(s);
  Lanes<T> out{};
  for (unsigned i = 0; i < half; ++i) {
    out[i] = f(a[2 * i], a[2 * i + 1]);
    out[half + i] = f(b[2 * i], b[2 * i + 1]);
  }
  return from_lanes<T>(out);
}

template <typename T, unsigned width>
__m128i phadd(__m128i d, __m128i s) {
  return horizontal<T, width>(d, s, [](T a, T b) { return static_cast<T>(a + b); });
}
template <typename T, unsigned width>
__m128i phsub(__m128i d, __m128i s) {
  return horizontal<T, width>(d, s, [](T a, T b) { return static_cast<T>(a - b); });
}
template <unsigned width>
__m128i phaddsw(__m128i d, __m128i s) {
  return horizontal<int16_t, width>(d, s, [](int a, int b) { return saturate<int16_t>(a + b); });
}
template <unsigned width>
__m128i phsubsw(__m128i d, __m128i s) {
  return horizontal<int16_t, width>(d, s, [](int a, int b) { return saturate<int16_t>(a - b); });
}

inline __m128i pmaddubsw(__m128i d, __m128i s) {
  const auto a = to_lanes<uint8_t>(d);
  const auto b = to_lanes<int8_t>(s);
  Lanes<int16_t> out;
  for (unsigned i = 0; i < 8; ++i) {
    out[i] = saturate<int16_t>(a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1]);
  }
  return from_lanes<int16_t>(out);
}

template <typename T>
__m128i psign(__m128i d, __m128i s) {
  using U = std::make_unsigned_t<T>;
  return map_lanes<T>(d, s, [](T a, T b) {
    return b < 0 ? static_cast<T>(static_cast<U>(0) - static_cast<U>(a)) : b == 0 ? T{0} : a;
  });
}

inline __m128i pmulhrsw(__m128i d, __m128i s) {
  return map_lanes<int16_t>(d, s, [](int a, int b) {
    return static_cast<int16_t>(((a * b >> 14) + 1) >> 1);
  });
}

template <typename T>
__m128i pabs(__m128i s) {
  using U = std::make_unsigned_t<T>;
  return map_lanes<T>(s, s, [](T a, T) {
    return a < 0 ? static_cast<T>(static_cast<U>(0) - static_cast<U>(a)) : a;
  });
}

template <unsigned width>
__m128i palignr(__m128i d, __m128i s, unsigned imm) {
  const auto high = to_lanes<uint8_t>(d), low = to_lanes<uint8_t>(s);
  Lanes<uint8_t> out{};
  for (unsigned i = 0; i < width; ++i) {
    const unsigned from = i + imm;
    if (from < width) out[i] = low[from];
    else if (from < 2 * width) out[i] = high[from - width];
  }
  return from_lanes<uint8_t>(out);
}

// Make::with<f>() for the SSSE3 operation `arg`; Make::none() for any other.
template <class Make, unsigned width>
auto ssse3_operation(unsigned arg) {
  switch (arg) {
    case kPshufb: return Make::template with<pshufb<width>>();
    case kPhaddw: return Make::template with<phadd<uint16_t, width>>();
    case kPhaddd: return Make::template with<phadd<uint32_t, width>>();
    case kPhaddsw: return Make::template with<phaddsw<width>>();
    case kPhsubw: return Make::template with<phsub<uint16_t, width>>();
    case kPhsubd: return Make::template with<phsub<uint32_t, width>>();
    case kPhsubsw: return Make::template with<phsubsw<width>>();
    case kPmaddubsw: return Make::template with<pmaddubsw>();
    case kPsignb: return Make::template with<psign<int8_t>>();
    case kPsignw: return Make::template with<psign<int16_t>>();
    case kPsignd: return Make::template with<psign<int32_t>>();
    case kPmulhrsw: return Make::template with<pmulhrsw>();
    case kPabsb: return Make::template with<pabs<int8_t>>();
    case kPabsw: return Make::template with<pabs<int16_t>>();
    case kPabsd: return Make::template with<pabs<int32_t>>();
    case kPalignr: return Make::template with<palignr<width>>();
    default: return Make::none();
  }
}

}  // namespace vireo
