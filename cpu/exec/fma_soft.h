// Multiplication and addition with one rounding, on the bits, for hosts without
// FMA (SDM 1 14.5, IEEE 754-2008 5.4.1): the same results and flags as theirs.
#pragma once

#include <cstdint>

namespace vireo {

// x * y + z, or with the product or z negated. RC, DAZ and FTZ are taken from
// `mxcsr`; the exceptions that arise are added to `flags`. Of several NaNs the
// first in the order x, y, z survives.
uint32_t fma_soft(uint32_t x, uint32_t y, uint32_t z, bool negate_product, bool negate_z,
                  uint32_t mxcsr, uint32_t& flags);
uint64_t fma_soft(uint64_t x, uint64_t y, uint64_t z, bool negate_product, bool negate_z,
                  uint32_t mxcsr, uint32_t& flags);

}  // namespace vireo
