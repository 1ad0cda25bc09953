// What a monitor tells of itself (VESA E-EDID, release A, revision 2).
#pragma once

#include <array>
#include <cstdint>

namespace vireo {

struct PictureSize {
  unsigned width = 0, height = 0;  // pixels
  bool operator==(const PictureSize&) const = default;
};

using Edid = std::array<uint8_t, 128>;

// A flat panel of 96 pixels an inch whose own size is `size`, of 64 to 4095 pixels each way, at
// about 60 pictures a second.
Edid make_edid(PictureSize size);

}  // namespace vireo
