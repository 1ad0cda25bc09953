#include "machine/base/edid.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string_view>

namespace vireo {
namespace {

constexpr uint8_t kHeader[] = {0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0};
// White and the three colours of sRGB.
constexpr uint8_t kColours[] = {0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54};
constexpr unsigned kPreferred = 54, kName = 72, kLimits = 90, kUnused = 108;
constexpr unsigned kSmallest = 64, kLargest = 4095;

// Three letters of five bits, "VIR".
constexpr uint16_t kMaker = ('V' - '@') << 10 | ('I' - '@') << 5 | ('R' - '@');

uint8_t low(unsigned value) { return static_cast<uint8_t>(value); }

// Tenths of a millimetre would be too fine: a whole one is what EDID counts.
unsigned millimetres(unsigned pixels) { return pixels * 254 / 960; }

// The timing of a size, with the short blanking of flat panels.
void put_timing(uint8_t* out, PictureSize size) {
  constexpr unsigned kBlankColumns = 160, kFront = 48, kSync = 32, kBlankRows = 30;
  const unsigned clock =
      (size.width + kBlankColumns) * (size.height + kBlankRows) * 60 / 10'000;  // 10 kHz
  const unsigned width_mm = millimetres(size.width), height_mm = millimetres(size.height);
  const uint8_t bytes[18] = {
      low(clock), low(clock >> 8), low(size.width), low(kBlankColumns),
      low((size.width >> 8) << 4), low(size.height), low(kBlankRows),
      low((size.height >> 8) << 4), low(kFront), low(kSync), 3 << 4 | 6, 0, low(width_mm),
      low(height_mm), low((width_mm >> 8) << 4 | height_mm >> 8), 0, 0,
      0x1e};  // digital, separate sync, both positive
  std::copy(std::begin(bytes), std::end(bytes), out);
}

void put_text(uint8_t* out, uint8_t tag, std::string_view text) {
  out[3] = tag;
  std::fill(out + 5, out + 18, uint8_t{' '});
  std::copy(text.begin(), text.end(), out + 5);
  out[5 + text.size()] = '\n';
}

}  // namespace

Edid make_edid(PictureSize size) {
  size.width = std::clamp(size.width, kSmallest, kLargest);
  size.height = std::clamp(size.height, kSmallest, kLargest);
  Edid edid{};
  std::copy(std::begin(kHeader), std::end(kHeader), edid.begin());
  edid[8] = low(kMaker >> 8);
  edid[9] = low(kMaker);
  edid[10] = 1;            // product
  edid[16] = 1;            // week
  edid[17] = 2026 - 1990;  // year
  edid[18] = 1;
  edid[19] = 4;     // version
  edid[20] = 0xa5;  // digital, 8 bits a colour, DisplayPort
  edid[21] = low(millimetres(size.width) / 10);
  edid[22] = low(millimetres(size.height) / 10);
  edid[23] = 120;   // gamma 2.2
  edid[24] = 0x06;  // sRGB, the first timing is the panel's own
  std::copy(std::begin(kColours), std::end(kColours), edid.begin() + 25);
  edid[35] = 0x21;  // 640x480, 800x600
  edid[36] = 0x08;  // 1024x768
  std::fill(edid.begin() + 38, edid.begin() + 54, uint8_t{1});  // no standard timings
  put_timing(&edid[kPreferred], size);
  put_text(&edid[kName], 0xfc, "vireo");
  // 50 to 125 pictures a second, 30 to 160 kHz, up to 600 MHz.
  put_text(&edid[kLimits], 0xfd, "");
  constexpr uint8_t kRanges[] = {50, 125, 30, 160, 60, 0, '\n'};
  std::copy(std::begin(kRanges), std::end(kRanges), edid.begin() + kLimits + 5);
  edid[kUnused + 3] = 0x10;
  const unsigned sum = std::accumulate(edid.begin(), edid.end(), 0u);
  edid[127] = low(256 - sum % 256);
  return edid;
}

}  // namespace vireo
