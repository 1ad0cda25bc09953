// Plain C++ on the lanes of a vector, for instructions that SSE2 hosts lack.
#pragma once

#include <emmintrin.h>

#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace vireo {

template <typename T>
using Lanes = std::array<T, 16 / sizeof(T)>;

template <typename T>
inline Lanes<T> to_lanes(__m128i v) { return std::bit_cast<Lanes<T>>(v); }
template <typename T>
inline __m128i from_lanes(const Lanes<T>& v) { return std::bit_cast<__m128i>(v); }

// Lane by lane r = f(d, s).
template <typename T, typename F>
inline __m128i map_lanes(__m128i d, __m128i s, F f) {
  auto a = to_lanes<T>(d);
  const auto b = to_lanes<T>(s);
  for (unsigned i = 0; i < a.size(); ++i) a[i] = f(a[i], b[i]);
  return from_lanes<T>(a);
}

template <typename T>
inline T saturate(int32_t value) {
  constexpr int32_t low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
  return static_cast<T>(value < low ? low : value > high ? high : value);
}

}  // namespace vireo
