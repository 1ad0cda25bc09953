// The window at A0000: how a byte comes to the planes and back.
#include "tests/unit/devices/vga/vga_bench.h"

namespace vireo::test {
namespace {

TEST_CASE_FIXTURE(VgaBench, "VGA write mode 0 goes to the planes of the map mask") {
  planar();
  sequencer(2, 0x05);
  poke(3, 0xa5);
  CHECK(byte(12) == 0xa5);
  CHECK(byte(13) == 0);
  CHECK(byte(14) == 0xa5);
  CHECK(byte(15) == 0);
  graphics(4, 2);
  CHECK(peek(3) == 0xa5);
  graphics(4, 1);
  CHECK(peek(3) == 0);
}

TEST_CASE_FIXTURE(VgaBench, "VGA write mode 0 rotates, sets and resets, and masks bits") {
  planar();
  graphics(3, 4);  // rotate right by 4
  poke(0, 0x12);
  CHECK(byte(0) == 0x21);
  graphics(3, 0);
  graphics(0, 0x05);
  graphics(1, 0x03);  // plane 0 is set, plane 1 reset, the others are written
  poke(1, 0x77);
  CHECK(byte(4) == 0xff);
  CHECK(byte(5) == 0x00);
  CHECK(byte(6) == 0x77);
  graphics(1, 0);
  poke(2, 0xff);
  peek(2);
  graphics(8, 0x0f);
  poke(2, 0x00);
  CHECK(byte(8) == 0xf0);
}

TEST_CASE_FIXTURE(VgaBench, "VGA combines what is written with the latches") {
  planar();
  poke(0, 0xcc);
  const std::pair<unsigned, unsigned> expected[] = {
      {0x00, 0xaa}, {0x08, 0x88}, {0x10, 0xee}, {0x18, 0x66}};
  for (const auto& [function, result] : expected) {
    graphics(3, 0);
    poke(0, 0xcc);
    peek(0);
    graphics(3, function);
    poke(0, 0xaa);
    CHECK(byte(0) == result);
  }
}

TEST_CASE_FIXTURE(VgaBench, "VGA write mode 1 copies the latches") {
  planar();
  for (unsigned plane = 0; plane < 4; ++plane) {
    sequencer(2, 1u << plane);
    poke(0, 0x10 + plane);
  }
  sequencer(2, 0x0f);
  peek(0);
  graphics(5, 1);
  poke(7, 0xff);
  CHECK(byte(28) == 0x10);
  CHECK(byte(31) == 0x13);
}

TEST_CASE_FIXTURE(VgaBench, "VGA write mode 2 writes a colour, write mode 3 masks with a byte") {
  planar();
  graphics(5, 2);
  graphics(8, 0x3c);
  peek(0);
  poke(0, 0x06);
  CHECK(byte(0) == 0);
  CHECK(byte(1) == 0x3c);
  CHECK(byte(2) == 0x3c);
  graphics(5, 3);
  graphics(0, 0x09);
  graphics(8, 0xf0);
  peek(4);
  poke(4, 0xaa);
  CHECK(byte(16) == 0xa0);
  CHECK(byte(17) == 0);
  CHECK(byte(19) == 0xa0);
}

TEST_CASE_FIXTURE(VgaBench, "VGA read mode 1 compares colours in the planes that count") {
  planar();
  graphics(5, 2);
  poke(0, 0x06);
  graphics(5, 0x08);
  graphics(2, 0x06);
  CHECK(peek(0) == 0xff);
  graphics(2, 0x07);
  CHECK(peek(0) == 0x00);
  graphics(7, 0x0e);
  CHECK(peek(0) == 0xff);
}

TEST_CASE_FIXTURE(VgaBench, "VGA chains put even and odd bytes, or four, side by side") {
  text();
  poke(0x18000, 'A');
  poke(0x18001, 0x07);
  CHECK(byte(0) == 'A');
  CHECK(byte(1) == 0x07);
  CHECK(peek(0x18000) == 'A');
  CHECK(peek(0x18001) == 0x07);
  sequencer(2, 0x01);
  poke(0x18001, 0x70);
  CHECK(byte(1) == 0x07);
  mode13();
  for (unsigned i = 0; i < 8; ++i) poke(i, 0x40 + i);
  CHECK(byte(5) == 0x45);
  CHECK(peek(6) == 0x46);
}

TEST_CASE_FIXTURE(VgaBench, "VGA answers in one part of the window only") {
  planar();
  const std::array<std::pair<uint64_t, uint64_t>, 4> shown{
      {{0, 0x20000}, {0, 0x10000}, {0x10000, 0x18000}, {0x18000, 0x20000}}};
  for (unsigned map = 0; map < 4; ++map) {
    graphics(6, 1 | map << 2);
    for (const uint64_t at : {0x0u, 0xffffu, 0x10000u, 0x17fffu, 0x18000u, 0x1ffffu}) {
      poke(at, 0x5a);
      const bool here = at >= shown[map].first && at < shown[map].second;
      CHECK(peek(at) == (here ? 0x5a : 0xff));
    }
  }
}

TEST_CASE_FIXTURE(VgaBench, "VGA tells what was written to its memory but by the frame buffer") {
  std::vector<std::pair<uint64_t, uint64_t>> told;
  vga.set_on_written([&](uint64_t offset, uint64_t length) { told.push_back({offset, length}); });
  planar();
  poke(5, 1);
  graphics(6, 0x0d);
  poke(5, 1);  // not here
  CHECK(told == std::vector<std::pair<uint64_t, uint64_t>>{{20, 4}});
}

// Whatever the registers hold, accesses stay within the memory: the sanitizers watch.
TEST_CASE_FIXTURE(VgaBench, "VGA stands random registers and accesses") {
  uint32_t state = 1;
  const auto random = [&state] { return state = state * 1664525 + 1013904223, state >> 8; };
  const unsigned ports[] = {0x3c0, 0x3c2, 0x3c4, 0x3c5, 0x3ce, 0x3cf, 0x3d4, 0x3d5, 0x3b4, 0x3b5};
  for (unsigned i = 0; i < 20000; ++i) {
    port(ports[random() % std::size(ports)], random() & 0xff);
    poke(random() % VgaMemory::kWindow, random() & 0xff);
    peek(random() % VgaMemory::kWindow);
    if (i % 64 == 0) display(random() % 12, random() & 0xffff);
    if (i % 512 == 0) {
      const VgaView shown = view();
      CHECK(vga_shown_bytes(shown).size() <= kMemory);
      const Picture picture = vga_picture(shown);
      CHECK(picture.pixels.size() == size_t{picture.size.width} * picture.size.height);
      if (const auto letters = vga_text(shown)) CHECK(letters->size() < 300000);
    }
  }
}

}  // namespace
}  // namespace vireo::test
