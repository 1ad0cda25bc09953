// The names of feature bits, for those who show them (VirtIO 1.4 sections 5 and 6).
#pragma once

#include <cstdint>
#include <string_view>

namespace vireo {

// Of bit 0 to 63 on a device of this type (virtio_type), as in "MRG_RXBUF"; empty for one that
// has no name.
std::string_view virtio_feature_name(uint16_t device_type, unsigned bit);

}  // namespace vireo
