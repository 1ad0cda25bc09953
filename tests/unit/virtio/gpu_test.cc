// virtio-gpu as a good driver sees it: displays, resources, what is shown of them, cursors.
#include <algorithm>

#include "machine/base/edid.h"
#include "tests/unit/virtio/gpu_bench.h"

namespace vireo::testing {
namespace {

using namespace virtio_gpu;

TEST_CASE("GPU-01: the first display is connected, in the size that was asked for") {
  GpuBench gpu({.xres = 1024, .yres = 600, .max_outputs = 3});
  const Answer answer = gpu.send(Type::kGetDisplayInfo, {});
  CHECK(GpuBench::type_of(answer) == Type::kOkDisplayInfo);
  CHECK(answer.used_length == 24 + 16 * 24);
  const auto info = GpuBench::value_of<DisplayInfo>(answer, 24);
  CHECK(info.modes[0].r == Rect{0, 0, 1024, 600});
  CHECK(info.modes[0].enabled == 1);
  CHECK(info.modes[1].enabled == 0);
  CHECK(gpu.config().num_scanouts == 3);
  CHECK(gpu.config().num_capsets == 0);
}

TEST_CASE("GPU-01: EDID is that of the display's size, and there is none where none is connected") {
  GpuBench gpu({.xres = 1024, .yres = 600, .max_outputs = 2});
  const auto edid_of = [&gpu](uint32_t display) {
    const Bytes body = GpuBench::bytes_of(GetEdid{display, 0});
    return GpuBench::value_of<EdidAnswer>(gpu.send(Type::kGetEdid, body), 24);
  };
  const EdidAnswer edid = edid_of(0);
  const Edid expected = make_edid({1024, 600});
  CHECK(edid.size == 128);
  CHECK(std::equal(expected.begin(), expected.end(), edid.edid));
  CHECK(edid_of(1).size == 0);
  CHECK(gpu.ask(Type::kGetEdid, GetEdid{2, 0}) == Type::kErrInvalidParameter);
}

TEST_CASE("GPU-01: without EDID the command is not there") {
  GpuBench gpu({.edid = false});
  CHECK(gpu.device.device_features() == 0);
  CHECK(gpu.ask(Type::kGetEdid, GetEdid{0, 0}) == Type::kErrUnspec);
}

TEST_CASE("GPU-01: what is transferred is shown") {
  GpuBench gpu;
  gpu.show_one();
  gpu.put_pixel(64 * 5 + 7, 0xff123456);
  CHECK(gpu.transfer(1, {0, 0, 64, 32}) == Type::kOkNodata);
  CHECK(gpu.flush(1, {0, 0, 64, 32}) == Type::kOkNodata);
  Picture picture = gpu.device.picture();
  CHECK(picture.size == PictureSize{64, 32});
  CHECK(picture.row(5)[7] == 0x123456);
  CHECK(picture.row(5)[8] == 0);
}

TEST_CASE("GPU-01: only the rectangle is transferred, from the offset on") {
  GpuBench gpu;
  gpu.show_one();
  for (uint64_t i = 0; i < 64 * 32; ++i) gpu.put_pixel(i, 0x010000 + static_cast<uint32_t>(i));
  CHECK(gpu.transfer(1, {10, 20, 3, 2}, 4 * (64 * 20 + 10)) == Type::kOkNodata);
  Picture picture = gpu.device.picture();
  CHECK(picture.row(20)[10] == 0x010000 + 64 * 20 + 10);
  CHECK(picture.row(21)[12] == 0x010000 + 64 * 21 + 12);
  CHECK(std::count(picture.pixels.begin(), picture.pixels.end(), 0u) == 64 * 32 - 6);
}

TEST_CASE("GPU-01: a backing may be in pieces of any length") {
  GpuBench gpu;
  REQUIRE(gpu.create(1, 64, 32) == Type::kOkNodata);
  std::vector<MemEntry> pieces;
  // Backwards in memory, some empty, cut within pixels.
  uint64_t at = GpuBench::kPixels + 0x10000;
  for (uint32_t left = 64 * 32 * 4, i = 0; left > 0; ++i) {
    const uint32_t length = std::min(left, i % 5 * 37);
    at -= length;
    pieces.push_back({at, length, 0});
    left -= length;
  }
  REQUIRE(gpu.attach(1, pieces) == Type::kOkNodata);
  uint8_t value = 0;
  for (const MemEntry& piece : pieces) {
    for (uint32_t i = 0; i < piece.length; ++i) {
      gpu.machine.ram.write(GuestAddr{piece.addr + i}, value++);
    }
  }
  REQUIRE(gpu.scanout(1, {0, 0, 64, 32}) == Type::kOkNodata);
  CHECK(gpu.transfer(1, {0, 0, 64, 32}) == Type::kOkNodata);
  Picture picture = gpu.device.picture();
  CHECK(picture.row(0)[0] == 0x020100);
  CHECK(picture.row(31)[63] == 0xfefdfc);
}

TEST_CASE("GPU-01: all formats show the colours that they hold") {
  struct Row {
    uint32_t format, pixel;
  };
  constexpr Row kRows[] = {{1, 0xff123456},  {2, 0x00123456},  {3, 0x563412ff},   {4, 0x56341200},
                           {67, 0xff563412}, {68, 0x12345600}, {121, 0x123456ff}, {134, 0x563412}};
  for (const Row& row : kRows) {
    CAPTURE(row.format);
    GpuBench gpu;
    REQUIRE(gpu.create(1, 16, 16, row.format) == Type::kOkNodata);
    REQUIRE(gpu.attach(1, {{GpuBench::kPixels, 16 * 16 * 4, 0}}) == Type::kOkNodata);
    gpu.put_pixel(0, row.pixel);
    REQUIRE(gpu.transfer(1, {0, 0, 16, 16}) == Type::kOkNodata);
    REQUIRE(gpu.scanout(1, {0, 0, 16, 16}) == Type::kOkNodata);
    CHECK(gpu.device.picture().pixels[0] == 0x123456);
  }
}

TEST_CASE("GPU-01: a display shows the part of a resource that it is given") {
  GpuBench gpu;
  gpu.show_one();
  gpu.put_pixel(64 * 4 + 9, 0xabcdef);
  REQUIRE(gpu.transfer(1, {0, 0, 64, 32}) == Type::kOkNodata);
  CHECK(gpu.scanout(1, {8, 4, 20, 16}) == Type::kOkNodata);
  Picture picture = gpu.device.picture();
  CHECK(picture.size == PictureSize{20, 16});
  CHECK(picture.row(0)[1] == 0xabcdef);
}

TEST_CASE("GPU-01: a screen that no driver has set up is black and not in use") {
  GpuBench gpu({.xres = 800, .yres = 600});
  CHECK_FALSE(gpu.device.in_use());
  CHECK(gpu.device.picture() == Picture(800, 600));
  gpu.show_one();
  CHECK(gpu.device.in_use());
  CHECK(gpu.scanout(0, {}) == Type::kOkNodata);
  CHECK_FALSE(gpu.device.in_use());
  CHECK(gpu.scanout(1, {0, 0, 64, 32}) == Type::kOkNodata);
  CHECK(gpu.ask(Type::kResourceUnref, ResourceOnly{1, 0}) == Type::kOkNodata);
  CHECK_FALSE(gpu.device.in_use());
}

TEST_CASE("GPU-01: the screen changes by what is shown, and by nothing else") {
  GpuBench gpu;
  gpu.show_one();
  REQUIRE(gpu.create(2, 64, 32) == Type::kOkNodata);
  CHECK(gpu.device.changed());
  CHECK_FALSE(gpu.device.changed());
  CHECK(gpu.flush(2, {0, 0, 64, 32}) == Type::kOkNodata);
  gpu.send(Type::kGetDisplayInfo, {});
  CHECK_FALSE(gpu.device.changed());
  CHECK(gpu.flush(1, {0, 0, 1, 1}) == Type::kOkNodata);
  CHECK(gpu.device.changed());
}

TEST_CASE("GPU-01: a fence comes back with the answer") {
  GpuBench gpu;
  const Header header{
      .type = Type::kGetDisplayInfo, .flags = kFlagFence, .fence_id = 0x1234567890, .ctx_id = 7};
  const auto answer = GpuBench::value_of<Header>(gpu.send(header, {}));
  CHECK(answer.flags == kFlagFence);
  CHECK(answer.fence_id == 0x1234567890);
  CHECK(answer.ctx_id == 7);
  CHECK(GpuBench::value_of<Header>(gpu.send(Type::kGetDisplayInfo, {})).flags == 0);
}

TEST_CASE("GPU-01: another size is told to the driver, which takes the event back") {
  GpuBench gpu;
  gpu.device.offer_size({1000, 700});
  CHECK(gpu.bench.config_interrupts == 1);
  CHECK(gpu.config().events_read == kEventDisplay);
  const auto info = GpuBench::value_of<DisplayInfo>(gpu.send(Type::kGetDisplayInfo, {}), 24);
  CHECK(info.modes[0].r == Rect{0, 0, 1000, 700});
  gpu.bench.core.write_config(0, 4, 0);
  CHECK(gpu.config().events_read == kEventDisplay);
  gpu.bench.core.write_config(4, 4, kEventDisplay);
  CHECK(gpu.config().events_read == 0);
  CHECK(gpu.config().events_clear == 0);
}

TEST_CASE("GPU-01: the same size is no event, and every size is within what EDID can say") {
  GpuBench gpu;
  gpu.device.offer_size({1280, 800});
  CHECK(gpu.bench.config_interrupts == 0);
  gpu.device.offer_size({1, 100'000});
  const auto info = GpuBench::value_of<DisplayInfo>(gpu.send(Type::kGetDisplayInfo, {}), 24);
  CHECK(info.modes[0].r == Rect{0, 0, 64, 4095});
}

TEST_CASE("GPU-01: a cursor is drawn over the picture, also at its edges") {
  GpuBench gpu;
  gpu.show_one();
  for (uint64_t i = 0; i < 64 * 32; ++i) gpu.put_pixel(i, 0x404040);
  REQUIRE(gpu.transfer(1, {0, 0, 64, 32}) == Type::kOkNodata);
  REQUIRE(gpu.create(2, 64, 64, 1) == Type::kOkNodata);
  REQUIRE(gpu.attach(2, {{GpuBench::kPixels, 64 * 64 * 4, 0}}) == Type::kOkNodata);
  for (uint64_t i = 0; i < 64 * 64; ++i) gpu.put_pixel(i, 0);
  gpu.put_pixel(0, 0xff0000ff);
  gpu.put_pixel(64 + 1, 0x80800000);
  REQUIRE(gpu.transfer(2, {0, 0, 64, 64}) == Type::kOkNodata);
  const UpdateCursor cursor{{0, 10, 5, 0}, 2, 3, 3, 0};
  CHECK(gpu.ask(Type::kUpdateCursor, cursor, kCursorQueue) == Type::kOkNodata);
  Picture picture = gpu.device.picture();
  CHECK(picture.row(5)[10] == 0x0000ff);
  CHECK(picture.row(6)[11] == 0x9f1f1f);
  CHECK(picture.row(5)[11] == 0x404040);

  CHECK(gpu.ask(Type::kMoveCursor, CursorPlace{0, ~0u, ~0u, 0}, kCursorQueue) == Type::kOkNodata);
  CHECK(gpu.device.changed());
  CHECK(gpu.device.picture().row(0)[0] == 0x9f1f1f);
  CHECK(gpu.ask(Type::kUpdateCursor, UpdateCursor{}, kCursorQueue) == Type::kOkNodata);
  CHECK(gpu.device.picture().row(0)[0] == 0x404040);
}

TEST_CASE("GPU-01: cursor commands without room for an answer are obeyed") {
  GpuBench gpu;
  gpu.show_one();
  gpu.device.changed();
  const Bytes body = GpuBench::bytes_of(CursorPlace{0, 3, 4, 0});
  CHECK(gpu.send(Type::kMoveCursor, body, 0, kCursorQueue).used_length == 0);
  CHECK(gpu.device.changed());
}

TEST_CASE("virtio-gpu saves and loads: the same picture, and the backing is known") {
  GpuBench gpu;
  gpu.show_one();
  gpu.put_pixel(3, 0x777777);
  REQUIRE(gpu.transfer(1, {0, 0, 64, 32}) == Type::kOkNodata);
  gpu.device.offer_size({900, 500});
  const Picture before = gpu.device.picture();
  Archive saved = Archive::saver();
  gpu.device.visit(saved);
  gpu.device.reset();
  Archive loader = Archive::loader(saved.bytes());
  gpu.device.visit(loader);
  CHECK(loader.ok());
  CHECK(loader.at_end());
  CHECK(gpu.device.changed());
  CHECK(gpu.device.picture() == before);
  Archive again = Archive::saver();
  gpu.device.visit(again);
  CHECK(again.bytes() == saved.bytes());
  gpu.put_pixel(3, 0x888888);
  CHECK(gpu.transfer(1, {0, 0, 64, 32}) == Type::kOkNodata);
  CHECK(gpu.device.picture().pixels[3] == 0x888888);
}

TEST_CASE("GPU-01: a reset leaves no resource, and the size that the user wanted") {
  GpuBench gpu;
  gpu.show_one();
  gpu.device.offer_size({900, 500});
  gpu.bench.start();
  CHECK_FALSE(gpu.device.in_use());
  CHECK(gpu.config().events_read == 0);
  CHECK(gpu.device.picture() == Picture(900, 500));
  CHECK(gpu.create(1, 64, 32) == Type::kOkNodata);
}

TEST_CASE("RG-04, GPU-01: commands are understood in every ring format, however they are cut") {
  for (const DriverStyle& style : driver_styles()) {
    if (style.legacy) continue;  // the type has no legacy form
    CAPTURE(style.name());
    GpuBench gpu({}, style);
    Noise noise(5);
    gpu.show_one();
    gpu.put_pixel(0, 0x112233);
    const TransferToHost2d transfer{{0, 0, 64, 32}, 0, 1, 0};
    Bytes request = GpuBench::bytes_of(Header{.type = Type::kTransferToHost2d});
    const Bytes body = GpuBench::bytes_of(transfer);
    request.insert(request.end(), body.begin(), body.end());
    for (int i = 0; i < 20; ++i) {
      const Answer answer = gpu.bench.exchange(0, request, 24, &noise);
      REQUIRE(GpuBench::type_of(answer) == Type::kOkNodata);
    }
    CHECK(gpu.device.picture().pixels[0] == 0x112233);
  }
}

}  // namespace
}  // namespace vireo::testing
