#include "cpu/exec/sse_soft.h"

#include "cpu/exec/sse_env.h"
#include "cpu/exec/sse_lanes.h"

namespace vireo {
namespace {

// --- rounding to an integral value ---

template <typename Bits>
struct Format;
template <>
struct Format<uint32_t> {
  static constexpr unsigned kMantissa = 23, kBias = 127;
};
template <>
struct Format<uint64_t> {
  static constexpr unsigned kMantissa = 52, kBias = 1023;
};

enum Rounding : unsigned { kNearest, kDown, kUp, kTruncate };

// Whether a magnitude is rounded away from zero. `beyond_half`: -1, 0 or 1 as
// the dropped part is less than, equal to or more than a half.
bool rounds_away(Rounding mode, bool negative, int beyond_half, bool odd) {
  switch (mode) {
    case kNearest: return beyond_half > 0 || (beyond_half == 0 && odd);
    case kDown: return negative;
    case kUp: return !negative;
    case kTruncate: return false;
  }
  return false;
}

template <typename Bits>
Bits round_magnitude(Bits magnitude, bool negative, Rounding mode, uint32_t& flags) {
  using F = Format<Bits>;
  const int exponent = static_cast<int>(magnitude >> F::kMantissa) - static_cast<int>(F::kBias);
  constexpr Bits kOne = Bits{F::kBias} << F::kMantissa;
  constexpr Bits kHalf = Bits{F::kBias - 1} << F::kMantissa;
  if (magnitude == 0 || exponent >= static_cast<int>(F::kMantissa)) return magnitude;
  if (exponent < 0) {
    flags |= kMxcsrPe;
    const int beyond = magnitude > kHalf ? 1 : magnitude == kHalf ? 0 : -1;
    return rounds_away(mode, negative, beyond, false) ? kOne : 0;
  }
  const Bits unit = Bits{1} << (F::kMantissa - exponent);
  const Bits dropped = magnitude & (unit - 1), half = unit >> 1;
  const Bits base = magnitude - dropped;
  if (dropped == 0) return base;
  flags |= kMxcsrPe;
  const int beyond = dropped > half ? 1 : dropped == half ? 0 : -1;
  // At exponent 0 the unit is the implicit leading one, which is odd.
  const bool odd = exponent == 0 || (base & unit);
  return rounds_away(mode, negative, beyond, odd) ? base + unit : base;
}

template <typename Bits>
Bits round_value(Bits value, Rounding mode, bool daz, uint32_t& flags) {
  using F = Format<Bits>;
  constexpr Bits kSign = Bits{1} << (8 * sizeof(Bits) - 1);
  constexpr Bits kInfinity = (kSign - 1) & ~((Bits{1} << F::kMantissa) - 1);
  constexpr Bits kQuiet = Bits{1} << (F::kMantissa - 1);
  const Bits sign = value & kSign;
  Bits magnitude = value & ~kSign;
  if (magnitude > kInfinity) {
    if (!(value & kQuiet)) flags |= kMxcsrIe;
    return value | kQuiet;
  }
  if (daz && magnitude >> F::kMantissa == 0) magnitude = 0;
  return sign | round_magnitude(magnitude, sign != 0, mode, flags);
}

// The first `count` lanes of s rounded into d.
template <typename Bits>
__m128i round_lanes(__m128i d, __m128i s, unsigned imm, unsigned count) {
  const uint32_t mxcsr = host_mxcsr();
  const auto mode = static_cast<Rounding>(imm & 4 ? mxcsr >> kMxcsrRoundShift & 3 : imm & 3);
  auto out = to_lanes<Bits>(d);
  const auto in = to_lanes<Bits>(s);
  uint32_t flags = 0;
  for (unsigned i = 0; i < count; ++i) {
    out[i] = round_value(in[i], mode, mxcsr & kMxcsrDaz, flags);
  }
  if (imm & 8) flags &= ~kMxcsrPe;
  if (flags & ~mxcsr) set_host_mxcsr(mxcsr | flags);
  return from_lanes<Bits>(out);
}

// --- reciprocals ---

constexpr uint32_t kSingleSign = 0x80000000, kSingleInfinity = 0x7f800000;
constexpr uint32_t kSingleQuiet = 0x00400000, kSingleDefaultNan = 0xffc00000;
constexpr unsigned kDroppedBits = 23 - 12;

// A value 1.f with `fraction` in 46 bits after the point, exponent `exponent`,
// to 12 bits after the point.
uint32_t pack_rounded(uint32_t sign, int exponent, uint64_t significand46) {
  constexpr unsigned kDrop = 46 - 12;
  const uint64_t rounded = (significand46 + (uint64_t{1} << (kDrop - 1))) >> kDrop;
  // Adding the significand with its leading one carries into the exponent.
  const uint64_t biased = static_cast<uint64_t>(exponent + 126) << 12;
  return sign | static_cast<uint32_t>((biased + rounded) << kDroppedBits);
}

uint32_t reciprocal(uint32_t bits) {
  const uint32_t sign = bits & kSingleSign, magnitude = bits & ~kSingleSign;
  if (magnitude > kSingleInfinity) return bits | kSingleQuiet;
  if (magnitude == kSingleInfinity) return sign;
  if (magnitude >> 23 == 0) return sign | kSingleInfinity;  // zero and denormals
  const int exponent = static_cast<int>(magnitude >> 23) - 127;
  const uint64_t significand = (magnitude & 0x7fffff) | 0x800000;
  // 1 / 1.f lies in (1/2, 1]: one place up unless it is 1, as a 46-bit fraction.
  uint64_t quotient = (uint64_t{1} << 63) / significand << (46 - 40);
  int result = -exponent;
  if (!(quotient >> 46 & 1)) {
    quotient <<= 1;
    --result;
  }
  if (result < -126) return sign;  // the processor flushes tiny results
  return pack_rounded(sign, result, quotient);
}

uint64_t integer_root(uint64_t value) {
  uint64_t root = 0;
  for (uint64_t bit = uint64_t{1} << 31; bit != 0; bit >>= 1) {
    if ((root + bit) * (root + bit) <= value) root += bit;
  }
  return root;
}

uint32_t reciprocal_root(uint32_t bits) {
  const uint32_t sign = bits & kSingleSign, magnitude = bits & ~kSingleSign;
  if (magnitude > kSingleInfinity) return bits | kSingleQuiet;
  if (magnitude >> 23 == 0) return sign | kSingleInfinity;
  if (sign) return kSingleDefaultNan;
  if (magnitude == kSingleInfinity) return 0;
  const int exponent = static_cast<int>(magnitude >> 23) - 127;
  const bool odd = exponent & 1;
  const uint64_t significand = ((magnitude & 0x7fffff) | 0x800000) << (odd ? 1 : 0);
  // root has 31 bits after the point of a value in [1, 2); its reciprocal is in (1/2, 1].
  const uint64_t root = integer_root(significand << 39);
  uint64_t quotient = (uint64_t{1} << 63) / root << (46 - 32);
  int result = -((exponent - (odd ? 1 : 0)) / 2);
  if (!(quotient >> 46 & 1)) {
    quotient <<= 1;
    --result;
  }
  return pack_rounded(0, result, quotient);
}

template <uint32_t (*f)(uint32_t)>
__m128i all_singles(__m128i s) {
  return map_lanes<uint32_t>(s, s, [](uint32_t value, uint32_t) { return f(value); });
}
template <uint32_t (*f)(uint32_t)>
__m128i low_single(__m128i d, __m128i s) {
  auto out = to_lanes<uint32_t>(d);
  out[0] = f(to_lanes<uint32_t>(s)[0]);
  return from_lanes<uint32_t>(out);
}

}  // namespace

__m128i roundps(__m128i s, unsigned imm) { return round_lanes<uint32_t>(s, s, imm, 4); }
__m128i roundpd(__m128i s, unsigned imm) { return round_lanes<uint64_t>(s, s, imm, 2); }
__m128i roundss(__m128i d, __m128i s, unsigned imm) { return round_lanes<uint32_t>(d, s, imm, 1); }
__m128i roundsd(__m128i d, __m128i s, unsigned imm) { return round_lanes<uint64_t>(d, s, imm, 1); }

__m128i rcpps(__m128i s) { return all_singles<reciprocal>(s); }
__m128i rcpss(__m128i d, __m128i s) { return low_single<reciprocal>(d, s); }
__m128i rsqrtps(__m128i s) { return all_singles<reciprocal_root>(s); }
__m128i rsqrtss(__m128i d, __m128i s) { return low_single<reciprocal_root>(d, s); }

}  // namespace vireo
