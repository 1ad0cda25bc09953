#include "machine/devices/vga/vga_layout.h"

#include <algorithm>

namespace vireo {
namespace {

enum Crtc : unsigned {
  kHorizontalEnd = 0x01,
  kOverflow = 0x07,
  kCellHeight = 0x09,
  kStartHigh = 0x0c,
  kStartLow = 0x0d,
  kVerticalEnd = 0x12,
  kOffset = 0x13,
  kLineCompare = 0x18,
};
constexpr unsigned kClocking = 1;  // of the sequencer
constexpr unsigned kAttributeMode = 0x10, kPlaneEnable = 0x12, kColourSelect = 0x14;

}  // namespace

VgaLayout::VgaLayout(const VgaState& state) {
  const auto& crtc = state.crtc;
  const unsigned overflow = crtc[kOverflow];
  columns = std::clamp(crtc[kHorizontalEnd] + 1u, 1u, 256u);
  height = (crtc[kVerticalEnd] | (overflow & 2) << 7 | (overflow & 0x40) << 3) + 1;
  cell_height = (crtc[kCellHeight] & 0x1f) + 1;
  doubled_lines = (crtc[kCellHeight] & 0x80) != 0;
  wide = (state.sequencer[kClocking] & 8) != 0;
  nine_points = (state.sequencer[kClocking] & 1) == 0;
  line_compare =
      crtc[kLineCompare] | (overflow & 0x10) << 4 | (crtc[kCellHeight] & 0x40u) << 3;
  start = unsigned{crtc[kStartHigh]} << 8 | crtc[kStartLow];
  pitch = crtc[kOffset] * 2u;
}

bool is_text(const VgaState& state) { return (state.graphics[6] & 1) == 0; }

bool is_dark(const VgaState& state) {
  constexpr uint8_t kScreenOff = 0x20;
  return !state.screen_on || (state.sequencer[kClocking] & kScreenOff) != 0;
}

uint32_t dac_colour(const VgaState& state, uint8_t index) {
  uint32_t colour = 0;
  for (const uint8_t level : state.palette[index & state.pixel_mask]) {
    const uint32_t wide = state.wide_dac ? level : (level << 2 | level >> 4) & 0xff;
    colour = colour << 8 | wide;
  }
  return colour;
}

uint32_t attribute_colour(const VgaState& state, unsigned colour) {
  const uint8_t select = state.attribute[kColourSelect];
  const uint8_t entry = state.attribute[colour & state.attribute[kPlaneEnable] & 15];
  const bool four_bits = (state.attribute[kAttributeMode] & 0x80) != 0;
  const unsigned index = four_bits ? (entry & 0x0fu) | (select & 0x0fu) << 4
                                   : (entry & 0x3fu) | (select & 0x0cu) << 4;
  return dac_colour(state, static_cast<uint8_t>(index));
}

}  // namespace vireo
