// Half-precision floating point (IEEE 754 binary16) as F16C converts it (SDM 1
// 14.4, SDM 2C "VCVTPH2PS", "VCVTPS2PH").
#pragma once

#include <cstdint>

namespace vireo {

// Exact. IE for a signalling NaN; denormals are nothing special, whatever DAZ says.
uint32_t single_of_half(uint16_t half, uint32_t& flags);

// Rounding as in MXCSR.RC. DAZ counts, FTZ does not. `tiny`: the result is below the
// normal range, exact or not.
struct HalfResult {
  uint16_t value = 0;
  uint32_t flags = 0;
  bool tiny = false;
};
HalfResult half_of_single(uint32_t single, unsigned rounding, bool daz);

}  // namespace vireo
