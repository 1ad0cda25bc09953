// virtio-gpu against drivers that break its rules: each gets the error that says so, and nothing
// else happens.
#include "tests/unit/virtio/gpu_bench.h"

namespace vireo::testing {
namespace {

using namespace virtio_gpu;

TEST_CASE("GPU-01: resources that cannot be are refused") {
  GpuBench gpu;
  CHECK(gpu.create(0, 64, 64) == Type::kErrInvalidResourceId);
  CHECK(gpu.create(1, 0, 64) == Type::kErrInvalidParameter);
  CHECK(gpu.create(1, 64, 0) == Type::kErrInvalidParameter);
  CHECK(gpu.create(1, 64, 64, 0) == Type::kErrInvalidParameter);
  CHECK(gpu.create(1, 64, 64, 5) == Type::kErrInvalidParameter);
  CHECK(gpu.create(1, 64, 64) == Type::kOkNodata);
  CHECK(gpu.create(1, 64, 64) == Type::kErrInvalidResourceId);
}

TEST_CASE("GPU-01: the memory of all resources is bounded") {
  GpuBench gpu({.max_hostmem = 1 << 20});
  CHECK(gpu.create(1, UINT32_MAX, UINT32_MAX) == Type::kErrOutOfMemory);
  CHECK(gpu.create(1, 0x80000001, 0x80000000) == Type::kErrOutOfMemory);
  CHECK(gpu.create(1, 512, 512) == Type::kErrOutOfMemory);
  CHECK(gpu.create(1, 512, 256) == Type::kOkNodata);
  CHECK(gpu.create(2, 512, 256) == Type::kErrOutOfMemory);
  CHECK(gpu.ask(Type::kResourceUnref, ResourceOnly{1, 0}) == Type::kOkNodata);
  CHECK(gpu.create(2, 512, 256) == Type::kOkNodata);
}

TEST_CASE("GPU-01: many small resources, and long backings, come to an end too") {
  GpuBench gpu({.max_hostmem = 64 << 10});
  uint32_t made = 0;
  while (made < 1000 && gpu.create(made + 1, 1, 1) == Type::kOkNodata) ++made;
  CHECK(made > 100);
  CHECK(made < 1000);
  for (uint32_t id = 1; id <= made; ++id) {
    REQUIRE(gpu.ask(Type::kResourceUnref, ResourceOnly{id, 0}) == Type::kOkNodata);
  }
  REQUIRE(gpu.create(1, 16, 16) == Type::kOkNodata);
  const std::vector<MemEntry> entries(4000, {GpuBench::kPixels, 4, 0});
  CHECK(gpu.attach(1, entries) == Type::kErrOutOfMemory);
  CHECK(gpu.attach(1, {entries.begin(), entries.begin() + 2000}) == Type::kOkNodata);
  CHECK(gpu.create(2, 64, 64) == Type::kErrOutOfMemory);
  CHECK(gpu.ask(Type::kResourceDetachBacking, ResourceOnly{1, 0}) == Type::kOkNodata);
  CHECK(gpu.create(2, 64, 64) == Type::kOkNodata);
}

TEST_CASE("GPU-01: commands about resources that are not there are refused") {
  GpuBench gpu;
  const Rect r{0, 0, 16, 16};
  CHECK(gpu.ask(Type::kResourceUnref, ResourceOnly{9, 0}) == Type::kErrInvalidResourceId);
  CHECK(gpu.ask(Type::kResourceDetachBacking, ResourceOnly{9, 0}) == Type::kErrInvalidResourceId);
  CHECK(gpu.attach(9, {{GpuBench::kPixels, 64, 0}}) == Type::kErrInvalidResourceId);
  CHECK(gpu.transfer(9, r) == Type::kErrInvalidResourceId);
  CHECK(gpu.flush(9, r) == Type::kErrInvalidResourceId);
  CHECK(gpu.scanout(9, r) == Type::kErrInvalidResourceId);
  CHECK(gpu.ask(Type::kUpdateCursor, UpdateCursor{{0, 0, 0, 0}, 9, 0, 0, 0}) ==
        Type::kErrInvalidResourceId);
}

TEST_CASE("GPU-01: rectangles that leave the resource are refused") {
  GpuBench gpu;
  gpu.show_one();
  constexpr Rect kOutside[] = {{0, 0, 65, 32}, {0, 0, 64, 33},        {1, 0, 64, 32},
                               {0, 1, 64, 32}, {UINT32_MAX, 0, 2, 1}, {0, UINT32_MAX, 1, 2},
                               {65, 0, 0, 0},  {0, 0, UINT32_MAX, UINT32_MAX}};
  for (const Rect& r : kOutside) {
    CHECK(gpu.transfer(1, r) == Type::kErrInvalidParameter);
    CHECK(gpu.flush(1, r) == Type::kErrInvalidParameter);
    CHECK(gpu.scanout(1, r) == Type::kErrInvalidParameter);
  }
  CHECK(gpu.scanout(1, {0, 0, 15, 32}) == Type::kErrInvalidParameter);
  CHECK(gpu.scanout(1, {0, 0, 64, 15}) == Type::kErrInvalidParameter);
  CHECK(gpu.device.picture().size == PictureSize{64, 32});
}

TEST_CASE("GPU-01: displays that are not there are refused") {
  GpuBench gpu({.max_outputs = 2});
  gpu.show_one();
  const Rect r{0, 0, 64, 32};
  CHECK(gpu.scanout(1, r, 1) == Type::kOkNodata);
  CHECK(gpu.scanout(1, r, 2) == Type::kErrInvalidScanoutId);
  CHECK(gpu.scanout(0, r, UINT32_MAX) == Type::kErrInvalidScanoutId);
  CHECK(gpu.ask(Type::kMoveCursor, CursorPlace{2, 0, 0, 0}) == Type::kErrInvalidScanoutId);
  CHECK(gpu.ask(Type::kUpdateCursor, UpdateCursor{{2, 0, 0, 0}, 0, 0, 0, 0}) ==
        Type::kErrInvalidScanoutId);
}

TEST_CASE("GPU-01: a cursor of another size is refused") {
  GpuBench gpu;
  gpu.show_one();
  CHECK(gpu.ask(Type::kUpdateCursor, UpdateCursor{{0, 0, 0, 0}, 1, 0, 0, 0}) ==
        Type::kErrInvalidParameter);
}

TEST_CASE("GPU-01: backings that lie are refused") {
  GpuBench gpu;
  REQUIRE(gpu.create(1, 64, 32) == Type::kOkNodata);
  const uint64_t end = BenchMachine::kRam;
  CHECK(gpu.attach(1, {{GpuBench::kPixels, 64, 0}, {end, 64, 0}}) == Type::kErrUnspec);
  CHECK(gpu.attach(1, {{end - 32, 64, 0}}) == Type::kErrUnspec);
  CHECK(gpu.attach(1, {{UINT64_MAX, 64, 0}}) == Type::kErrUnspec);
  CHECK(gpu.attach(1, {}) == Type::kErrInvalidParameter);
  // More entries than there are.
  const Bytes short_of = GpuBench::bytes_of(AttachBacking{1, 2});
  CHECK(GpuBench::type_of(gpu.send(Type::kResourceAttachBacking, short_of)) ==
        Type::kErrInvalidParameter);
  const Bytes too_many = GpuBench::bytes_of(AttachBacking{1, UINT32_MAX});
  CHECK(GpuBench::type_of(gpu.send(Type::kResourceAttachBacking, too_many)) ==
        Type::kErrInvalidParameter);
  CHECK(gpu.transfer(1, {0, 0, 64, 32}) == Type::kErrUnspec);
  CHECK(gpu.ask(Type::kResourceDetachBacking, ResourceOnly{1, 0}) == Type::kErrUnspec);
}

TEST_CASE("GPU-01: a backing is attached once, and used no further than it goes") {
  GpuBench gpu;
  REQUIRE(gpu.create(1, 64, 32) == Type::kOkNodata);
  REQUIRE(gpu.attach(1, {{GpuBench::kPixels, 64 * 4 * 4, 0}}) == Type::kOkNodata);
  CHECK(gpu.attach(1, {{GpuBench::kPixels, 64, 0}}) == Type::kErrUnspec);
  CHECK(gpu.transfer(1, {0, 0, 64, 4}) == Type::kOkNodata);
  CHECK(gpu.transfer(1, {0, 0, 64, 5}) == Type::kErrInvalidParameter);
  CHECK(gpu.transfer(1, {0, 0, 64, 4}, 1) == Type::kErrInvalidParameter);
  CHECK(gpu.transfer(1, {0, 0, 64, 1}, UINT64_MAX) == Type::kErrInvalidParameter);
  CHECK(gpu.transfer(1, {0, 0, 0, 0}, UINT64_MAX) == Type::kOkNodata);
}

TEST_CASE("GPU-01: commands that are cut short, or unknown, are refused") {
  GpuBench gpu;
  const Bytes none;
  for (const Type type : {Type::kResourceCreate2d, Type::kResourceUnref, Type::kSetScanout,
                          Type::kResourceFlush, Type::kTransferToHost2d,
                          Type::kResourceAttachBacking, Type::kResourceDetachBacking,
                          Type::kGetEdid, Type::kUpdateCursor, Type::kMoveCursor}) {
    CHECK(GpuBench::type_of(gpu.send(type, none)) == Type::kErrInvalidParameter);
    CHECK(GpuBench::type_of(gpu.send(type, {1, 0, 0})) == Type::kErrInvalidParameter);
  }
  for (const uint32_t number : {0u, 0x108u, 0x109u, 0x10bu, 0x10cu, 0x10du, 0x200u, 0x1100u, ~0u}) {
    CHECK(GpuBench::type_of(gpu.send(static_cast<Type>(number), Bytes(64))) == Type::kErrUnspec);
  }
  const Answer headless = gpu.bench.exchange(0, {1, 1, 0, 0}, 24);
  CHECK(GpuBench::type_of(headless) == Type::kErrInvalidParameter);
}

TEST_CASE("GPU-01: an answer without enough room is cut") {
  GpuBench gpu;
  CHECK(gpu.send(Type::kGetDisplayInfo, {}, 30).used_length == 30);
  CHECK(gpu.send(Type::kGetDisplayInfo, {}, 0).used_length == 0);
  CHECK_FALSE(gpu.bench.core.broken());
}

TEST_CASE("GPU-01: a snapshot that lies is refused") {
  GpuBench gpu({.max_hostmem = 64 << 10});
  gpu.show_one();
  Archive saved = Archive::saver();
  gpu.device.visit(saved);
  // Width of the display; number of resources; the resource's number, format, width, height.
  for (const size_t at : {1u, 14u, 16u, 21u, 26u, 30u}) {
    CAPTURE(at);
    std::vector<std::byte> bytes = saved.bytes();
    bytes[at] ^= std::byte{0xff};
    Archive loader = Archive::loader(std::move(bytes));
    gpu.device.visit(loader);
    CHECK_FALSE(loader.ok());
    const Picture picture = gpu.device.picture();
    CHECK(picture.pixels.size() > 0);
  }
}

}  // namespace
}  // namespace vireo::testing
