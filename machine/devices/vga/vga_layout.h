// How the CRT controller of a VGA lays a picture out.
#pragma once

#include <cstdint>

#include "machine/devices/vga/vga_picture.h"

namespace vireo {

// Numbers that several registers make up, within what they can say.
struct VgaLayout {
  explicit VgaLayout(const VgaState& state);

  unsigned columns;       // of letters, or of 8 points
  unsigned height;        // in lines of the beam
  unsigned cell_height;   // lines to a row of letters, or of points
  bool doubled_lines;     // each line twice
  bool wide;              // each point twice
  bool nine_points;       // to a letter
  unsigned line_compare;  // after this line the picture goes on with the start of the memory
  unsigned start;         // first place in the planes, letter or 8 points
  unsigned pitch;         // places from row to row

  // Points to a letter, as the beam shows them.
  unsigned cell_width() const { return (nine_points ? 9u : 8u) * (wide ? 2 : 1); }
  unsigned rows() const { return (height + cell_lines() - 1) / cell_lines(); }
  // Lines of the beam to a row.
  unsigned cell_lines() const { return cell_height * (doubled_lines ? 2 : 1); }
};

// Whether the memory holds letters rather than points.
bool is_text(const VgaState& state);
// Whether the picture is black whatever the memory holds.
bool is_dark(const VgaState& state);

// Byte `index` of plane `plane`.
inline uint8_t plane_byte(const VgaView& view, unsigned index, unsigned plane) {
  return std::to_integer<uint8_t>(view.memory[(index & 0xffff) * 4 + plane]);
}

// What the DAC and the attribute controller make of a number.
uint32_t dac_colour(const VgaState& state, uint8_t index);
uint32_t attribute_colour(const VgaState& state, unsigned colour);

}  // namespace vireo
