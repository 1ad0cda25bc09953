// The ports of a VGA, the registers of the Bochs extension, and both behind the second BAR.
#include "tests/unit/devices/vga/vga_bench.h"

namespace vireo::test {
namespace {

TEST_CASE_FIXTURE(VgaBench, "VGA registers hold the bits that they have") {
  for (const auto& [index, kept] : {std::pair{1u, 0x3du}, {2u, 0x0fu}, {4u, 0x0eu}}) {
    sequencer(index, 0xff);
    CHECK(port(0x3c5) == kept);
  }
  graphics(6, 0xff);
  CHECK(port(0x3cf) == 0x0f);
  graphics(9, 0xff);
  CHECK(port(0x3cf) == 0);
  port(0x3c2, 0xff);
  CHECK(port(0x3cc) == 0xef);
}

TEST_CASE_FIXTURE(VgaBench, "VGA has its CRT controller where the colour bit says") {
  port(0x3c2, 1);
  crtc(0x0c, 0x12);
  CHECK(port(0x3d5) == 0x12);
  CHECK(port(0x3b5) == 0xff);
  port(0x3c2, 0);
  CHECK(port(0x3d5) == 0xff);
  CHECK(port(0x3b5) == 0x12);
}

TEST_CASE_FIXTURE(VgaBench, "VGA protects its timing, all but a bit of the line compare") {
  port(0x3c2, 1);
  crtc(0x00, 0x5f);
  crtc(0x07, 0x0f);
  crtc(0x11, 0x80);
  crtc(0x00, 0x11);
  CHECK(port(0x3d5) == 0x5f);
  crtc(0x07, 0xf0);
  CHECK(port(0x3d5) == 0x1f);
  crtc(0x09, 0x4f);
  CHECK(port(0x3d5) == 0x4f);
}

TEST_CASE_FIXTURE(VgaBench, "VGA attribute registers take index and data in turns") {
  port(0x3c2, 1);
  port(0x3da);
  port(0x3c0, 0x05);
  port(0x3c0, 0xff);
  port(0x3c0, 0x30);
  port(0x3c0, 0x0c);
  CHECK(port(0x3c1) == 0x0c);
  CHECK(port(0x3c0) == 0x30);
  port(0x3c0, 0x25);
  CHECK(port(0x3c1) == 0x3f);
  port(0x3da);
  port(0x3c0, 0x07);  // after a look at the status an index again
  CHECK(port(0x3c0) == 0x07);
}

TEST_CASE_FIXTURE(VgaBench, "VGA colours are written and read three levels at a time") {
  colour(7, {0x3f, 0xff, 0x01});
  port(0x3c7, 7);
  CHECK(port(0x3c7) == 3);
  CHECK(port(0x3c9) == 0x3f);
  CHECK(port(0x3c9) == 0x3f);
  CHECK(port(0x3c9) == 0x01);
  CHECK(port(0x3c8) == 8);
  port(0x3c8, 9);
  CHECK(port(0x3c7) == 0);
}

TEST_CASE_FIXTURE(VgaBench, "VGA status follows the beam on virtual time") {
  port(0x3c2, 1);
  CHECK(port(0x3da) == 0);
  time.advance_to(31'778 * 405);  // below the picture
  CHECK(port(0x3da) == 1);
  time.advance_to(31'778 * 412 + 10);
  CHECK(port(0x3da) == 9);
  time.advance_to(31'778 * 449 + 10);
  CHECK(port(0x3da) == 0);
}

TEST_CASE_FIXTURE(VgaBench, "Bochs display tells its version, limits and memory") {
  CHECK(display(0) == 0xb0c5);
  display(0, 0xb0c2);
  CHECK(display(0) == 0xb0c2);
  display(0, 0x1234);
  CHECK(display(0) == 0xb0c2);
  CHECK(display(10) == kMemory / 0x10000);
  display(4, 0x02);
  CHECK(display(1) == 16000);
  CHECK(display(2) == 12000);
  CHECK(display(3) == 32);
  CHECK(display(11) == 0);
}

TEST_CASE_FIXTURE(VgaBench, "Bochs display makes of any numbers a picture within its memory") {
  display(1, 645);
  display(2, 65535);
  display(3, 17);
  display(4, 0x41);
  CHECK(vga.linear_mode() == LinearMode{640, kMemory / 640, 8, 0, 640});
  display(4, 0);
  CHECK_FALSE(vga.linear_mode());
  display(1, 320);
  display(2, 200);
  display(3, 32);
  display(4, 0x41);
  display(6, 400);
  display(8, 1000);
  display(9, 20);
  CHECK(vga.linear_mode() == LinearMode{320, 200, 32, (20 * 400 + 80) * 4, 1600});
}

TEST_CASE_FIXTURE(VgaBench, "Bochs display clears the picture that it shows unless told not to") {
  memory[100] = memory[320 * 200] = std::byte{7};
  std::vector<uint64_t> told;
  vga.set_on_written([&](uint64_t, uint64_t length) { told.push_back(length); });
  display(1, 320);
  display(2, 200);
  display(3, 8);
  display(4, 0x81);
  CHECK(byte(100) == 7);
  display(4, 0);
  display(4, 0x01);
  CHECK(byte(100) == 0);
  CHECK(byte(320 * 200) == 7);
  CHECK(told == std::vector<uint64_t>{320 * 200});
}

TEST_CASE_FIXTURE(VgaBench, "Bochs display moves the window in banks of 64 KiB") {
  display(1, 640);
  display(2, 480);
  display(3, 8);
  display(4, 0x01);
  display(5, 3);
  poke(0x10, 0x99);
  CHECK(byte(0x30010) == 0x99);
  CHECK(peek(0x10) == 0x99);
  CHECK(peek(0x10010) == 0xff);
  display(5, 0x1000);  // there is no such bank
  CHECK(display(5) == 3);
}

TEST_CASE_FIXTURE(VgaBench, "VGA's second BAR holds EDID, ports and display registers") {
  IoHandler& mmio = vga.registers();
  CHECK(mmio.read(0, 8) == 0x00ffffffffffff00);
  unsigned sum = 0;
  for (unsigned i = 0; i < 128; ++i) sum += static_cast<unsigned>(mmio.read(i, 1));
  CHECK(sum % 256 == 0);
  CHECK(mmio.read(0x80, 4) == 0);
  mmio.write(0x400 + 4, 2, 0x0502);  // index and data of the sequencer at once
  CHECK(mmio.read(0x405, 1) == 0x05);
  mmio.write(0x502, 2, 800);
  CHECK(mmio.read(0x502, 2) == 800);
  CHECK(mmio.read(0x500, 4) == (0xb0c5 | 800u << 16));
  CHECK(mmio.read(0x600, 8) == 0x1e1e1e1e'00000008);
}

TEST_CASE_FIXTURE(VgaBench, "VGA loads what it has saved, and refuses an impossible one") {
  text();
  display(1, 640);
  display(2, 480);
  display(3, 32);
  display(4, 0x41);
  Archive saved = Archive::saver();
  vga.visit(saved);
  const auto mode = vga.linear_mode();
  const VgaState state = vga.state();
  vga.reset();
  CHECK_FALSE(vga.state() == state);
  Archive loader = Archive::loader(saved.bytes());
  vga.visit(loader);
  CHECK(loader.ok());
  CHECK(loader.at_end());
  CHECK(vga.state() == state);
  CHECK(vga.linear_mode() == mode);
  Archive ones = Archive::loader(std::vector<std::byte>(saved.bytes().size(), std::byte{0xff}));
  vga.visit(ones);
  CHECK_FALSE(ones.ok());
  poke(0, 1);
  CHECK(vga_shown_bytes(view()).size() <= kMemory);
}

}  // namespace
}  // namespace vireo::test
