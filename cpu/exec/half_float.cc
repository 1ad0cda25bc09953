#include "cpu/exec/half_float.h"

#include <bit>

#include "cpu/exec/sse_env.h"

namespace vireo {
namespace {

constexpr uint16_t kHalfInfinity = 0x7c00, kHalfLargest = 0x7bff;
constexpr uint32_t kSingleInfinity = 0x7f800000, kSingleQuiet = 0x400000;
enum Rounding : unsigned { kNearest, kDown, kUp, kTruncate };

// `significand` without its lowest `count` bits.
uint32_t rounded(uint32_t significand, unsigned count, unsigned rounding, bool negative,
                 bool& inexact) {
  if (count > 31) {
    significand = significand != 0;
    count = 2;
  }
  const uint32_t dropped = significand & ((1u << count) - 1), half = 1u << (count - 1);
  const uint32_t kept = significand >> count;
  inexact = dropped != 0;
  switch (rounding) {
    case kNearest: return kept + (dropped > half || (dropped == half && (kept & 1)));
    case kDown: return kept + (negative && inexact);
    case kUp: return kept + (!negative && inexact);
    default: return kept;
  }
}

HalfResult overflowed(unsigned rounding, bool negative) {
  const bool to_infinity = rounding == kNearest || rounding == (negative ? kDown : kUp);
  return {to_infinity ? kHalfInfinity : kHalfLargest, kMxcsrOe | kMxcsrPe, false};
}

// A magnitude of significand * 2^(exponent - 23), the significand at most 24 bits.
HalfResult pack(uint32_t significand, int exponent, unsigned rounding, bool negative) {
  constexpr unsigned kDropped = 13;  // of 24 bits to 11
  constexpr int kLeast = -14;
  bool inexact;
  const uint32_t normal = rounded(significand, kDropped, rounding, negative, inexact);
  const bool carried = normal >> 11 != 0;
  const bool tiny = exponent + carried < kLeast;
  if (exponent < kLeast) {
    const auto more = static_cast<unsigned>(kLeast - exponent);
    const uint32_t kept = rounded(significand, kDropped + more, rounding, negative, inexact);
    const uint32_t flags = !inexact ? 0 : tiny ? kMxcsrUe | kMxcsrPe : kMxcsrPe;
    return {static_cast<uint16_t>(kept), flags, tiny};
  }
  // A carry out of the significand goes on into the exponent.
  const uint32_t value = (static_cast<uint32_t>(exponent - kLeast + 1) << 10) + normal - (1u << 10);
  if (value >= kHalfInfinity) return overflowed(rounding, negative);
  return {static_cast<uint16_t>(value), inexact ? kMxcsrPe : 0, false};
}

HalfResult magnitude_of(uint32_t magnitude, unsigned rounding, bool daz, bool negative) {
  if (magnitude > kSingleInfinity) {
    const auto payload = static_cast<uint16_t>(magnitude >> 13 & 0x3ff);
    const uint32_t flags = magnitude & kSingleQuiet ? 0 : kMxcsrIe;
    return {static_cast<uint16_t>(kHalfInfinity | 0x200 | payload), flags, false};
  }
  if (magnitude == kSingleInfinity) return {kHalfInfinity, 0, false};
  const uint32_t exponent = magnitude >> 23, fraction = magnitude & 0x7fffff;
  if (exponent != 0) {
    return pack(fraction | 0x800000, static_cast<int>(exponent) - 127, rounding, negative);
  }
  if (fraction == 0 || daz) return {};
  HalfResult result = pack(fraction, -126, rounding, negative);
  result.flags |= kMxcsrDe;
  return result;
}

}  // namespace

uint32_t single_of_half(uint16_t half, uint32_t& flags) {
  const uint32_t sign = uint32_t{half & 0x8000u} << 16, magnitude = half & 0x7fff;
  if (magnitude > kHalfInfinity) {
    if (!(magnitude & 0x200)) flags |= kMxcsrIe;
    return sign | kSingleInfinity | kSingleQuiet | (magnitude & 0x3ff) << 13;
  }
  if (magnitude == kHalfInfinity) return sign | kSingleInfinity;
  if (magnitude >= 0x400) return sign | (magnitude + (112u << 10)) << 13;
  if (magnitude == 0) return sign;
  // A denormal: its leading one becomes the implicit one.
  const auto up = static_cast<unsigned>(std::countl_zero(magnitude)) - 21;
  return sign | ((113 - up) << 23) | ((magnitude << (13 + up)) & 0x7fffff);
}

HalfResult half_of_single(uint32_t single, unsigned rounding, bool daz) {
  const bool negative = single >> 31 != 0;
  HalfResult result = magnitude_of(single & 0x7fffffff, rounding, daz, negative);
  result.value = static_cast<uint16_t>(result.value | (negative ? 0x8000 : 0));
  return result;
}

}  // namespace vireo
