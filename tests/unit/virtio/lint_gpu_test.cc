// The driver lint's rules about graphics cards, each shown by a command that breaks it.
#include "tests/unit/virtio/lint_small_bench.h"
#include "virtio/gpu/gpu_protocol.h"
#include "virtio/lint/gpu_checker.h"

namespace vireo::testing {
namespace {

using namespace virtio_gpu;

constexpr uint32_t kBgrx = 2, kPixels = 0x8000;

// A driver that has asked for the displays, and made resource 1 of 64x64 points with a backing.
struct GpuLintBench : SmallBench {
  GpuLintBench() : SmallBench(virtio_type::kGpu) {
    device.accepted = virtio_feature::kVersion1;
    device.configuration[8] = std::byte{2};  // num_scanouts
    ask(Type::kGetDisplayInfo, 0);
    create({1, kBgrx, 64, 64});
    attach(1, {{kPixels, 64 * 64 * 4, 0}});
    REQUIRE(broken("gpu-") == "");
  }

  void send(const std::vector<std::byte>& request, uint32_t room, unsigned queue = kControlQueue) {
    device.ram.write_bytes(GuestAddr{kBytes}, request);
    const WatchedDescriptor pieces[] = {
        {GuestAddr{kBytes}, static_cast<uint32_t>(request.size()), 1, 1, 0, false},
        {GuestAddr{0x4000}, room, kWrite, 0, 1, false}};
    lint.on_chain({queue, false, 0, std::span(pieces, room == 0 ? 1 : 2), ""});
  }
  template <typename Value>
  static void put(std::vector<std::byte>& bytes, const Value& value) {
    const auto more = std::as_bytes(std::span(&value, 1));
    bytes.insert(bytes.end(), more.begin(), more.end());
  }
  template <typename Fields>
  void ask(Type type, const Fields& fields, uint32_t flags = 0, uint32_t room = 2048,
           unsigned queue = kControlQueue) {
    std::vector<std::byte> request;
    put(request, Header{.type = type, .flags = flags});
    put(request, fields);
    send(request, room, queue);
  }
  void create(const ResourceCreate2d& wanted) { ask(Type::kResourceCreate2d, wanted); }
  void attach(uint32_t id, const std::vector<MemEntry>& entries, uint32_t more = 0) {
    std::vector<std::byte> request;
    put(request, Header{.type = Type::kResourceAttachBacking});
    put(request, AttachBacking{id, static_cast<uint32_t>(entries.size()) + more});
    for (const MemEntry& entry : entries) put(request, entry);
    send(request, 24);
  }
  void transfer(uint32_t id, const Rect& r, uint64_t offset = 0, uint32_t flags = kFlagFence) {
    ask(Type::kTransferToHost2d, TransferToHost2d{r, offset, id, 0}, flags);
  }
  void cursor(uint32_t id, uint32_t display = 0) {
    ask(Type::kUpdateCursor, UpdateCursor{{display, 5, 5, 0}, id, 0, 0, 0}, 0, 0, kCursorQueue);
  }
  void scanout(uint32_t id, const Rect& r, uint32_t display = 0) {
    ask(Type::kSetScanout, SetScanout{r, display, id});
  }
};

struct Fixture : GpuLintBench {};

TEST_CASE_FIXTURE(Fixture, "lint: a graphics driver that keeps to the rules is clean") {
  device.accepted |= kEdid;
  ask(Type::kGetEdid, GetEdid{1, 0});
  scanout(1, {0, 0, 64, 64}, 1);
  transfer(1, {10, 63, 54, 1}, 4 * (63 * 64 + 10));
  ask(Type::kResourceFlush, ResourceFlush{{0, 0, 64, 64}, 1, 0});
  cursor(1);
  ask(Type::kMoveCursor, UpdateCursor{{0, 1, 1, 0}, 99, 0, 0, 0}, 0, 0, kCursorQueue);
  cursor(0);
  scanout(0, {0, 0, 0, 0});
  ask(Type::kResourceDetachBacking, ResourceOnly{1, 0});
  ask(Type::kResourceUnref, ResourceOnly{1, 0});
  create({1, kBgrx, 16, 16});
  lint.on_access({VirtioRegion::kDevice, true, 4, 4, 1});
  CHECK(broken("gpu-") == "");
}

TEST_CASE_FIXTURE(Fixture, "lint: gpu-request-short") {
  SUBCASE("header") { send(std::vector<std::byte>(23), 24); }
  SUBCASE("fields") { ask(Type::kResourceUnref, uint32_t{1}); }
  CHECK(broken("gpu-") == "gpu-request-short");
}

TEST_CASE_FIXTURE(Fixture, "lint: gpu-answer-room") {
  SUBCASE("none") { ask(Type::kResourceUnref, ResourceOnly{1, 0}, 0, 0); }
  SUBCASE("of the header only") { ask(Type::kGetDisplayInfo, 0, 0, 24); }
  CHECK(broken("gpu-") == "gpu-answer-room");
}

TEST_CASE_FIXTURE(Fixture, "lint: gpu-queue") {
  SUBCASE("cursor") { ask(Type::kMoveCursor, UpdateCursor{}, 0, 24, kControlQueue); }
  SUBCASE("control") { ask(Type::kResourceUnref, ResourceOnly{1, 0}, 0, 24, kCursorQueue); }
  CHECK(broken("gpu-") == "gpu-queue");
}

TEST_CASE_FIXTURE(Fixture, "lint: gpu-not-negotiated") {
  SUBCASE("EDID") { ask(Type::kGetEdid, GetEdid{0, 0}); }
  SUBCASE("3D") { ask(static_cast<Type>(0x201), 0); }
  SUBCASE("no command") { ask(static_cast<Type>(0x1fff), 0); }
  SUBCASE("ring index") { ask(Type::kResourceUnref, ResourceOnly{1, 0}, 2); }
  CHECK(broken("gpu-") == "gpu-not-negotiated");
}

TEST_CASE_FIXTURE(Fixture, "lint: gpu-config-written") {
  for (const uint64_t at : {0, 8, 12}) lint.on_access({VirtioRegion::kDevice, true, at, 4, 1});
  lint.on_access({VirtioRegion::kDevice, true, 0, 8, 1});
  CHECK(breaches(LintRule::kGpuConfigWritten) == 4);
}

TEST_CASE_FIXTURE(Fixture, "lint: gpu-display-not-asked") {
  lint.on_reset(DriverReset::kStatus);
  create({1, kBgrx, 64, 64});
  scanout(1, {0, 0, 64, 64});
  CHECK(broken("gpu-") == "gpu-display-not-asked");
}

TEST_CASE_FIXTURE(Fixture, "lint: gpu-scanout-id") {
  device.accepted |= kEdid;
  SUBCASE("display") { scanout(1, {0, 0, 64, 64}, 2); }
  SUBCASE("turned off") { scanout(0, {0, 0, 0, 0}, 2); }
  SUBCASE("EDID") { ask(Type::kGetEdid, GetEdid{2, 0}); }
  SUBCASE("cursor") { cursor(0, 2); }
  SUBCASE("cursor moved") {
    ask(Type::kMoveCursor, UpdateCursor{{2, 0, 0, 0}, 0, 0, 0, 0}, 0, 0, kCursorQueue);
  }
  CHECK(broken("gpu-") == "gpu-scanout-id");
}

TEST_CASE_FIXTURE(Fixture, "lint: gpu-resource-id") {
  SUBCASE("created twice") { create({1, kBgrx, 8, 8}); }
  SUBCASE("created as none") { create({0, kBgrx, 8, 8}); }
  SUBCASE("not there") { ask(Type::kResourceUnref, ResourceOnly{2, 0}); }
  SUBCASE("gone") {
    ask(Type::kResourceUnref, ResourceOnly{1, 0});
    ask(Type::kResourceFlush, ResourceFlush{{0, 0, 1, 1}, 1, 0});
  }
  SUBCASE("shown") { scanout(7, {0, 0, 16, 16}); }
  SUBCASE("backed") { attach(7, {{kPixels, 4096, 0}}); }
  SUBCASE("no longer backed") { ask(Type::kResourceDetachBacking, ResourceOnly{7, 0}); }
  SUBCASE("transferred") { transfer(7, {0, 0, 1, 1}); }
  SUBCASE("cursor") { cursor(7); }
  CHECK(broken("gpu-") == "gpu-resource-id");
}

TEST_CASE_FIXTURE(Fixture, "lint: gpu-resource-form") {
  SUBCASE("format") { create({2, 5, 8, 8}); }
  SUBCASE("width") { create({2, kBgrx, 0, 8}); }
  SUBCASE("height") { create({2, kBgrx, 8, 0}); }
  CHECK(broken("gpu-") == "gpu-resource-form");
}

TEST_CASE_FIXTURE(Fixture, "lint: gpu-rectangle") {
  SUBCASE("display") { scanout(1, {0, 0, 65, 64}); }
  SUBCASE("flush") { ask(Type::kResourceFlush, ResourceFlush{{1, 0, 64, 64}, 1, 0}); }
  SUBCASE("transfer") { transfer(1, {0, 64, 64, 1}); }
  SUBCASE("beyond 2^32") { scanout(1, {UINT32_MAX, 0, 2, 1}); }
  CHECK(broken("gpu-") == "gpu-rectangle");
}

TEST_CASE_FIXTURE(Fixture, "lint: gpu-backing") {
  SUBCASE("no memory") { attach(1, {{kPixels, 4096, 0}, {1 << 20, 1, 0}}); }
  SUBCASE("no entries") { attach(1, {}); }
  SUBCASE("fewer than it says") { attach(1, {{kPixels, 4096, 0}}, 1); }
  SUBCASE("far fewer") { attach(1, {{kPixels, 4096, 0}}, UINT32_MAX - 1); }
  CHECK(broken("gpu-") == "gpu-backing");
}

TEST_CASE_FIXTURE(Fixture, "lint: gpu-transfer") {
  SUBCASE("from beyond the backing") { transfer(1, {0, 0, 64, 64}, 4); }
  SUBCASE("from far beyond it") { transfer(1, {0, 0, 1, 1}, UINT64_MAX); }
  SUBCASE("without any") {
    ask(Type::kResourceDetachBacking, ResourceOnly{1, 0});
    transfer(1, {0, 0, 1, 1});
  }
  CHECK(broken("gpu-") == "gpu-transfer");
}

TEST_CASE_FIXTURE(Fixture, "lint: gpu-cursor-size") {
  create({2, kBgrx, 32, 64});
  attach(2, {{kPixels, 32 * 64 * 4, 0}});
  transfer(2, {0, 0, 32, 64});
  cursor(2);
  CHECK(broken("gpu-") == "gpu-cursor-size");
}

TEST_CASE_FIXTURE(Fixture, "lint: gpu-cursor-not-filled") {
  SUBCASE("never") {}
  SUBCASE("without a fence") { transfer(1, {0, 0, 64, 64}, 0, 0); }
  SUBCASE("another resource of that number") {
    transfer(1, {0, 0, 64, 64});
    ask(Type::kResourceUnref, ResourceOnly{1, 0});
    create({1, kBgrx, 64, 64});
  }
  cursor(1);
  CHECK(broken("gpu-") == "gpu-cursor-not-filled");
}

TEST_CASE_FIXTURE(Fixture, "lint: resources that it did not see are not judged") {
  SUBCASE("in a machine that comes from a snapshot") { lint.on_loaded(); }
  SUBCASE("beyond a bound") {
    for (uint32_t id = 2; id <= GpuChecker::kMaxResources + 1; ++id) create({id, kBgrx, 1, 1});
  }
  transfer(3, {0, 0, 64, 64});
  scanout(3, {0, 0, 64, 64});
  cursor(3);
  CHECK(broken("gpu-") == "");
  lint.on_reset(DriverReset::kStatus);
  cursor(3);
  CHECK(broken("gpu-") == "gpu-resource-id");
}

}  // namespace
}  // namespace vireo::testing
