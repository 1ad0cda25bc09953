// What a monitor shows in each mode.
#include "tests/unit/devices/vga/vga_bench.h"

namespace vireo::test {
namespace {

constexpr uint32_t grey(unsigned level) {  // of a colour of the bench
  const uint32_t eight = level * 4 << 2 | level * 4 >> 4;
  return eight << 16 | eight << 8 | eight;
}

// FNV-1a.
uint64_t hash(const Picture& picture) {
  uint64_t sum = 0xcbf29ce484222325;
  for (const uint32_t pixel : picture.pixels) sum = (sum ^ pixel) * 0x100000001b3;
  return sum;
}

TEST_CASE_FIXTURE(VgaBench, "VGA shows letters of 9 by 16 points in their colours") {
  glyph('A', 0x81);
  letter(0, 1, 'A', 0x1e);
  const Picture picture = vga_picture(view());
  CHECK(picture.size == PictureSize{720, 400});
  CHECK(picture.row(0)[9] == grey(14));
  CHECK(picture.row(15)[16] == grey(14));
  CHECK(picture.row(3)[10] == grey(1));
  CHECK(picture.row(3)[17] == grey(1));  // the ninth point
  CHECK(picture.row(16)[9] == grey(0));
}

TEST_CASE_FIXTURE(VgaBench, "VGA joins the letters that draw lines") {
  glyph(0xc4, 0xff);
  glyph(0xe0, 0xff);
  letter(0, 0, 0xc4, 0x07);
  letter(0, 1, 0xe0, 0x07);
  const Picture picture = vga_picture(view());
  CHECK(picture.row(0)[8] == grey(7));
  CHECK(picture.row(0)[17] == grey(0));
}

TEST_CASE_FIXTURE(VgaBench, "VGA's cursor and letters blink on virtual time") {
  glyph('x', 0xff);
  letter(0, 0, 'x', 0x87);
  letter(1, 0, ' ', 0x07);
  crtc(0x0e, 0);
  crtc(0x0f, 80);
  Picture picture = vga_picture(view());
  CHECK(picture.row(16 + 13)[0] == grey(7));
  CHECK(picture.row(16 + 12)[0] == grey(0));
  CHECK(picture.row(0)[0] == grey(7));
  time.advance_to(120 * kMillisecond);
  picture = vga_picture(view());
  CHECK(picture.row(16 + 13)[0] == grey(0));
  CHECK(picture.row(0)[0] == grey(7));
  time.advance_to(240 * kMillisecond);
  picture = vga_picture(view());
  CHECK(picture.row(16 + 13)[0] == grey(7));
  CHECK(picture.row(0)[0] == grey(0));
  crtc(0x0a, 0x2d);
  CHECK(vga_picture(view()).row(16 + 13)[0] == grey(0));
}

TEST_CASE_FIXTURE(VgaBench, "VGA begins its text at any place, and again below the line compare") {
  glyph('T', 0xff);
  letter(0, 0, 'T', 0x07);
  letter(3, 0, 'T', 0x05);
  crtc(0x0c, 0);
  crtc(0x0d, 240);
  Picture picture = vga_picture(view());
  CHECK(picture.row(0)[0] == grey(5));
  CHECK(picture.row(32)[0] == grey(0));
  crtc(0x07, 0x02);
  crtc(0x09, 0x0f);
  crtc(0x18, 31);
  picture = vga_picture(view());
  CHECK(picture.row(31)[0] == grey(0));
  CHECK(picture.row(32)[0] == grey(7));
}

TEST_CASE_FIXTURE(VgaBench, "VGA tells its letters as text") {
  text();
  for (unsigned row = 0; row < 25; ++row) {
    for (unsigned column = 0; column < 80; ++column) letter(row, column, ' ', 0x07);
  }
  letter(0, 0, 'H', 0x07);
  letter(0, 1, 'i', 0x07);
  letter(2, 1, 0xc9, 0x07);
  letter(24, 0, 0, 0x07);
  CHECK(vga_text(view()) == "Hi\n\n ╔\n" + std::string(22, '\n'));
  mode13();
  CHECK_FALSE(vga_text(view()));
}

TEST_CASE_FIXTURE(VgaBench, "VGA shows four planes as sixteen colours") {
  planar();
  sequencer(2, 0x05);
  poke(80 * 2 + 1, 0x80);
  const Picture picture = vga_picture(view());
  CHECK(picture.size == PictureSize{640, 480});
  CHECK(picture.row(2)[8] == grey(5));
  CHECK(picture.row(2)[9] == grey(0));
  attribute(0x12, 0x04);
  CHECK(vga_picture(view()).row(2)[8] == grey(4));
}

TEST_CASE_FIXTURE(VgaBench, "VGA shows a byte a point as 256 colours") {
  mode13();
  colour(200, {63, 0, 32});
  poke(320 * 3 + 5, 200);
  const Picture picture = vga_picture(view());
  CHECK(picture.size == PictureSize{640, 400});
  CHECK(picture.row(6)[10] == 0xff0082);
  CHECK(picture.row(7)[11] == 0xff0082);
  CHECK(picture.row(8)[10] == grey(0));
}

TEST_CASE_FIXTURE(VgaBench, "VGA shows CGA's four colours, with odd lines 8 KiB behind") {
  port(0x3c2, 0x63);
  text();
  sequencer(1, 0x09);
  graphics(5, 0x30);
  graphics(6, 0x0f);
  crtc(0x01, 39);
  crtc(0x09, 0xc1);
  crtc(0x13, 20);
  crtc(0x17, 0xa2);
  attribute(0x10, 0x01);
  poke(0x18000, 0x1b);  // 0, 1, 2, 3
  poke(0x18000 + 0x2000, 0xe4);
  const Picture picture = vga_picture(view());
  CHECK(picture.size == PictureSize{640, 400});
  for (unsigned i = 0; i < 4; ++i) {
    CHECK(picture.row(0)[i * 2] == grey(i));
    CHECK(picture.row(2)[i * 2] == grey(3 - i));
  }
  CHECK(picture.row(4)[6] == grey(0));
}

TEST_CASE_FIXTURE(VgaBench, "VGA shows rows of pixels of any depth") {
  struct Depth {
    unsigned depth;
    std::vector<unsigned> bytes;
    uint32_t shown;
  };
  colour(9, {63, 63, 0});
  const Depth depths[] = {{8, {9}, 0xffff00},
                          {15, {0x1f, 0x7c}, 0xff00ff},
                          {16, {0xe0, 0x87}, 0x84ff00},
                          {24, {1, 2, 3}, 0x030201},
                          {32, {4, 5, 6, 0xff}, 0x060504}};
  for (const Depth& one : depths) {
    display(4, 0);
    display(1, 160);
    display(2, 100);
    display(3, one.depth);
    display(4, 0x41);
    const uint64_t at = (160 * 7 + 9) * ((one.depth + 7) / 8);
    for (size_t i = 0; i < one.bytes.size(); ++i) {
      vga.frame_buffer().write(at + i, 1, one.bytes[i]);
    }
    const Picture picture = vga_picture(view());
    CHECK(picture.size == PictureSize{160, 100});
    CHECK(picture.row(7)[9] == one.shown);
  }
}

TEST_CASE_FIXTURE(VgaBench, "VGA's DAC has eight bits when the Bochs display says so") {
  display(1, 160);
  display(2, 100);
  display(3, 8);
  display(4, 0x61);
  colour(3, {0xfe, 0x81, 0x01});
  vga.frame_buffer().write(0, 1, 3);
  CHECK(vga_picture(view()).row(0)[0] == 0xfe8101);
}

TEST_CASE_FIXTURE(VgaBench, "VGA is dark when the screen is off") {
  mode13();
  poke(0, 15);
  port(0x3da);
  port(0x3c0, 0x00);
  const Picture picture = vga_picture(view());
  CHECK(picture.size == PictureSize{640, 480});
  CHECK(std::count(picture.pixels.begin(), picture.pixels.end(), 0u) == 640 * 480);
}

TEST_CASE_FIXTURE(VgaBench, "VGA's whole pictures stay what they are") {
  for (unsigned code = 0; code < 256; ++code) glyph(code, code);
  for (unsigned i = 0; i < 2000; ++i) letter(i / 80, i % 80, i & 0xff, i >> 3 & 0xff);
  CHECK(hash(vga_picture(view())) == 17611913005385520421u);
  planar();
  for (unsigned i = 0; i < 38400; ++i) {
    sequencer(2, i & 15);
    poke(i, i * 7 & 0xff);
  }
  CHECK(hash(vga_picture(view())) == 13387541994980633269u);
  mode13();
  for (unsigned i = 0; i < 256; ++i) colour(i, {i & 63, i >> 1 & 63, i >> 2});
  for (unsigned i = 0; i < 64000; ++i) poke(i, i * 13 >> 4 & 0xff);
  CHECK(hash(vga_picture(view())) == 7503926872142848681u);
}

}  // namespace
}  // namespace vireo::test
