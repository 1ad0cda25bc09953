#include "machine/devices/vga/vga_picture.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "machine/devices/vga/vga_layout.h"
#include "machine/devices/vga/vga_text.h"

namespace vireo {
namespace {

constexpr uint64_t kPictureNs = 14'268'000;  // 70 a second
constexpr uint64_t kCursorPictures = 8, kBlinkPictures = 16;
constexpr uint64_t kPlanes = 0x40000;

using Row = std::span<uint32_t>;
using Colours = std::array<uint32_t, 16>;

Colours attribute_colours(const VgaState& state) {
  Colours all;
  for (unsigned i = 0; i < all.size(); ++i) all[i] = attribute_colour(state, i);
  return all;
}

// --- Modes of the VGA itself: 8 points from each place of the planes.

// The place of the planes at which a line of the beam begins. CGA's modes have lines of one row
// 8 KiB apart (CRTC 17h, bits 0 and 1).
struct LinePlace {
  unsigned first, step;  // `step` is or-ed into each place
};
LinePlace place_of_line(const VgaState& state, const VgaLayout& layout, unsigned line) {
  const bool split = line > layout.line_compare;
  const unsigned from = split ? line - layout.line_compare - 1 : line;
  const unsigned in_row = from % layout.cell_lines() / (layout.doubled_lines ? 2 : 1);
  const uint8_t mode = state.crtc[0x17];
  const unsigned row_bit = (mode & 0x40) != 0 ? 13 : 12;  // words lie half as far apart here
  unsigned step = 0;
  if ((mode & 1) == 0) step |= (in_row & 1) << row_bit;
  if ((mode & 2) == 0) step |= (in_row >> 1 & 1) << (row_bit + 1);
  return {(split ? 0 : layout.start) + from / layout.cell_lines() * layout.pitch, step};
}

// Points of one place, by the shift mode of the graphics controller.
void sixteen_colours(const VgaView& view, unsigned place, const Colours& colours, Row out) {
  for (unsigned i = 0; i < 8; ++i) {
    unsigned colour = 0;
    for (unsigned plane = 0; plane < 4; ++plane) {
      colour |= (plane_byte(view, place, plane) >> (7 - i) & 1u) << plane;
    }
    out[i] = colours[colour];
  }
}

void four_colours(const VgaView& view, unsigned place, const Colours& colours, Row out) {
  for (unsigned i = 0; i < 8; ++i) {
    const unsigned low = plane_byte(view, place, i / 4);
    const unsigned high = plane_byte(view, place, 2 + i / 4);
    const unsigned shift = 6 - i % 4 * 2;
    out[i] = colours[(low >> shift & 3) | (high >> shift & 3) << 2];
  }
}

void many_colours(const VgaView& view, unsigned place, Row out) {
  for (unsigned i = 0; i < 8; ++i) {
    out[i] = dac_colour(view.state, plane_byte(view, place, i / 2));
  }
}

Picture dots(const VgaView& view) {
  const VgaLayout layout(view.state);
  const unsigned factor = layout.wide ? 2 : 1;
  const unsigned shift_mode = view.state.graphics[5] >> 5 & 3;
  const Colours colours = attribute_colours(view.state);
  Picture picture(layout.columns * 8 * factor, layout.height);
  std::array<uint32_t, 8> eight{};
  for (unsigned y = 0; y < layout.height; ++y) {
    const LinePlace place = place_of_line(view.state, layout, y);
    for (unsigned column = 0; column < layout.columns; ++column) {
      const unsigned at = (place.first + column) | place.step;
      if (shift_mode == 0) sixteen_colours(view, at, colours, eight);
      else if (shift_mode == 1) four_colours(view, at, colours, eight);
      else many_colours(view, at, eight);
      uint32_t* out = picture.row(y) + size_t{column} * 8 * factor;
      for (unsigned i = 0; i < 8 * factor; ++i) out[i] = eight[i / factor];
    }
  }
  return picture;
}

// --- Rows of pixels, by the Bochs extension.

unsigned byte_at(const VgaView& view, uint64_t at) {
  return std::to_integer<unsigned>(view.memory[at]);
}

// Five or six bits to eight.
uint32_t widened(unsigned value, unsigned bits) {
  return value << (8 - bits) | value >> (2 * bits - 8);
}

uint32_t pixel(const VgaView& view, unsigned depth, uint64_t at) {
  const unsigned low = byte_at(view, at);
  if (depth == 8) return dac_colour(view.state, static_cast<uint8_t>(low));
  const unsigned word = low | byte_at(view, at + 1) << 8;
  if (depth == 15) {
    return widened(word >> 10 & 31, 5) << 16 | widened(word >> 5 & 31, 5) << 8 |
           widened(word & 31, 5);
  }
  if (depth == 16) {
    return widened(word >> 11, 5) << 16 | widened(word >> 5 & 63, 6) << 8 | widened(word & 31, 5);
  }
  return word | byte_at(view, at + 2) << 16;
}

Picture linear_planes(const VgaView& view, const LinearMode& mode) {
  Picture picture(mode.width, mode.height);
  const Colours colours = attribute_colours(view.state);
  for (unsigned y = 0; y < mode.height; ++y) {
    for (unsigned x = 0; x < mode.width; ++x) {
      const uint64_t place = mode.start + y * mode.pitch + x / 8;
      unsigned colour = 0;
      for (unsigned plane = 0; plane < 4; ++plane) {
        colour |= (byte_at(view, place * 4 + plane) >> (7 - x % 8) & 1) << plane;
      }
      picture.row(y)[x] = colours[colour];
    }
  }
  return picture;
}

// The mode of nearly all guests, whose pixels are those of a picture but for their highest byte.
Picture linear_32(const VgaView& view, const LinearMode& mode) {
  Picture picture(mode.width, mode.height);
  for (unsigned y = 0; y < mode.height; ++y) {
    uint32_t* const row = picture.row(y);
    std::memcpy(row, view.memory.data() + mode.start + y * mode.pitch, size_t{mode.width} * 4);
    for (unsigned x = 0; x < mode.width; ++x) row[x] &= 0xffffff;
  }
  return picture;
}

Picture linear(const VgaView& view, const LinearMode& mode) {
  if (mode.depth == 4) return linear_planes(view, mode);
  if (mode.depth == 32) return linear_32(view, mode);
  Picture picture(mode.width, mode.height);
  const uint64_t bytes = (mode.depth + 7) / 8;
  for (unsigned y = 0; y < mode.height; ++y) {
    uint64_t at = mode.start + y * mode.pitch;
    for (unsigned x = 0; x < mode.width; ++x, at += bytes) {
      picture.row(y)[x] = pixel(view, mode.depth, at);
    }
  }
  return picture;
}

}  // namespace

VgaView vga_view(const VgaState& state, const std::optional<LinearMode>& linear,
                 std::span<const std::byte> memory, uint64_t now_ns) {
  const uint64_t pictures = now_ns / kPictureNs;
  return {state, linear, memory, pictures / kCursorPictures % 2 == 0,
          pictures / kBlinkPictures % 2 == 0};
}

Picture vga_picture(const VgaView& view) {
  if (view.linear) return linear(view, *view.linear);
  if (is_dark(view.state)) return Picture(640, 480);
  return is_text(view.state) ? vga_letters(view) : dots(view);
}

std::span<const std::byte> vga_shown_bytes(const VgaView& view) {
  if (!view.linear || view.linear->depth == 4) return view.memory.first(kPlanes);
  const LinearMode& mode = *view.linear;
  const uint64_t last_row = uint64_t{mode.width} * ((mode.depth + 7) / 8);
  return view.memory.subspan(mode.start, (mode.height - 1) * mode.pitch + last_row);
}

}  // namespace vireo
