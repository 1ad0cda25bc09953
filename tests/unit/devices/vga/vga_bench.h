// A VGA whose ports and window a test plays on as firmware does.
#pragma once

#include <array>
#include <vector>

#include "machine/devices/vga/vga.h"
#include "machine/devices/vga/vga_picture.h"
#include "tests/unit/devices/chip_test.h"

namespace vireo::test {

struct VgaBench {
  static constexpr uint64_t kMemory = 0x100000;
  TestTime time;
  std::vector<std::byte> memory = std::vector<std::byte>(kMemory);
  Vga vga{memory, time.clock};

  void port(unsigned port, unsigned value) {
    out(vga.ports(), port - 0x3b0, static_cast<uint8_t>(value));
  }
  unsigned port(unsigned port) { return in(vga.ports(), port - 0x3b0); }
  void indexed(unsigned index_port, unsigned index, unsigned value) {
    port(index_port, index);
    port(index_port + 1, value);
  }
  void sequencer(unsigned index, unsigned value) { indexed(0x3c4, index, value); }
  void graphics(unsigned index, unsigned value) { indexed(0x3ce, index, value); }
  void crtc(unsigned index, unsigned value) { indexed(0x3d4, index, value); }
  void attribute(unsigned index, unsigned value) {
    port(0x3da);
    port(0x3c0, index);
    port(0x3c0, value);
    port(0x3c0, 0x20);
  }
  void colour(unsigned index, std::array<unsigned, 3> levels) {
    port(0x3c8, index);
    for (const unsigned level : levels) port(0x3c9, level);
  }
  void display(unsigned index, unsigned value) {
    vga.bochs_ports().write(0, 2, index);
    vga.bochs_ports().write(1, 2, value);
  }
  unsigned display(unsigned index) {
    vga.bochs_ports().write(0, 2, index);
    return static_cast<unsigned>(vga.bochs_ports().read(1, 2));
  }
  // In the window, from A0000 on.
  void poke(uint64_t at, unsigned value) { out(vga.window(), at, static_cast<uint8_t>(value)); }
  unsigned peek(uint64_t at) { return in(vga.window(), at); }
  unsigned byte(uint64_t at) const { return std::to_integer<unsigned>(memory[at]); }

  // Planes at A0000 as in mode 12h, 640 by 480 in 16 colours.
  void planar() {
    port(0x3c2, 0xe3);
    set_all({0x03, 0x01, 0x0f, 0x00, 0x06}, {0, 0, 0, 0, 0, 0, 0x05, 0x0f, 0xff});
    crtc_timing(79, 479, 40, 0x40, 0xe3);
    crtc(0x14, 0);
    palette();
  }
  // 80 by 25 letters of 9 by 16 points at B8000.
  void text() {
    port(0x3c2, 0x67);
    set_all({0x03, 0x00, 0x03, 0x00, 0x02}, {0, 0, 0, 0, 0, 0x10, 0x0e, 0x0f, 0xff});
    crtc_timing(79, 399, 40, 0x4f, 0xa3);
    crtc(0x0a, 0x0d);
    crtc(0x0b, 0x0e);
    palette();
    attribute(0x10, 0x0c);
  }
  // 320 by 200 in 256 colours.
  void mode13() {
    port(0x3c2, 0x63);
    set_all({0x03, 0x01, 0x0f, 0x00, 0x0e}, {0, 0, 0, 0, 0, 0x40, 0x05, 0x0f, 0xff});
    crtc_timing(79, 399, 40, 0x41, 0xa3);
    crtc(0x14, 0x40);
    palette();
  }
  void letter(unsigned row, unsigned column, unsigned code, unsigned attribute) {
    const uint64_t at = 0x18000 + (row * 80 + column) * 2;
    poke(at, code);
    poke(at + 1, attribute);
  }
  // A glyph of the first font: each of its 16 lines the same. Leaves text mode on.
  void glyph(unsigned code, unsigned points) {
    set_all({0x03, 0x00, 0x04, 0x00, 0x06}, {0, 0, 0, 0, 0, 0, 0x05, 0x0f, 0xff});
    for (unsigned line = 0; line < 16; ++line) poke(code * 32 + line, points);
    text();
  }
  VgaView view() { return vga_view(vga.state(), vga.linear_mode(), memory, time.clock.now_ns()); }

 private:
  void set_all(std::vector<unsigned> sequencers, std::vector<unsigned> graphic) {
    for (unsigned i = 0; i < sequencers.size(); ++i) sequencer(i, sequencers[i]);
    for (unsigned i = 0; i < graphic.size(); ++i) graphics(i, graphic[i]);
  }
  void crtc_timing(unsigned columns_end, unsigned last_line, unsigned offset, unsigned cell,
                   unsigned mode) {
    crtc(0x11, 0);
    crtc(0x01, columns_end);
    crtc(0x07, 0x10 | (last_line >> 8 & 1) << 1 | (last_line >> 9 & 1) << 6);
    crtc(0x09, cell);
    crtc(0x12, last_line & 0xff);
    crtc(0x13, offset);
    crtc(0x17, mode);
    crtc(0x18, 0xff);
  }
  // Colours 0 to 15 are shades of grey, each by its number in the DAC.
  void palette() {
    for (unsigned i = 0; i < 16; ++i) {
      attribute(i, i);
      colour(i, {i * 4, i * 4, i * 4});
    }
    attribute(0x10, 0x01);
    attribute(0x12, 0x0f);
    attribute(0x14, 0x00);
  }
};

}  // namespace vireo::test
