// Which feature bits are no use without others (VirtIO 1.4, "Feature bit requirements" of each
// device type).
#pragma once

#include <cstdint>
#include <span>

namespace vireo {

struct FeatureNeed {
  uint64_t feature = 0;  // one bit
  uint64_t any_of = 0;   // at least one of these must be accepted, too
};

// For a device type; empty when its bits are independent.
std::span<const FeatureNeed> feature_needs(uint16_t type);

}  // namespace vireo
