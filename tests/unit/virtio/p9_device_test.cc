// virtio-9p on a queue: one chain is one request, used.len is the answer's size (row P9-01).
#include "virtio/p9/p9_device.h"

#include <doctest/doctest.h>

#include "tests/unit/virtio/blk_bench.h"
#include "tests/unit/virtio/p9_bench.h"

namespace vireo {
namespace {

using namespace testing;

class DeviceBench {
 public:
  static constexpr uint64_t kMessage = 0x10000, kReply = 0x20000;

  DeviceBench() {
    auto made = VirtioP9::create(tree, {.mount_tag = "share"}, [] { return FileTime{}; });
    REQUIRE(made.ok());
    device = std::move(*made);
    device->attach(host);
    queue.start(ring.layout(), {});
  }
  // Posts the message with room for the answer cut in two; used.len, or nothing.
  std::optional<uint32_t> post(const std::vector<std::byte>& message, uint32_t first = 11,
                               uint32_t second = 4096) {
    ram.write_bytes(GuestAddr{kMessage}, message);
    const uint16_t used = ring.used_idx();
    const auto length = static_cast<uint32_t>(message.size());
    ring.offer(ring.chain(
        {{kMessage, length, false}, {kReply, first, true}, {kReply + 0x1000, second, true}}));
    device->process_queue(0, queue);
    queue.publish();
    if (ring.used_idx() == used) return std::nullopt;
    return ring.used(used).length;
  }
  std::optional<uint32_t> post(const P9Message& message) { return post(message.finish()); }
  void start() {
    post(P9Message(Type::kVersion, 0xffff).u32(8192).str("9P2000.L"));
    post(P9Message(Type::kAttach, 1).u32(0).u32(p9::kNoFid).str("").str("").u32(0));
  }

  GuestMemory ram = GuestMemory::on_heap(1 << 20);
  MemoryTree tree;
  FakeHost host{ram};
  std::unique_ptr<VirtioP9> device;
  DriverRing ring{ram, DriverRing::layout_at(0x1000, 16)};
  SplitQueue queue{ram};
};

TEST_CASE("P9-01: used.len is the answer's size, wherever the answer is cut") {
  DeviceBench bench;
  CHECK(bench.post(P9Message(Type::kVersion, 0xffff).u32(8192).str("9P2000.L")) == 21u);
  CHECK(bench.ram.read<uint32_t>(GuestAddr{DeviceBench::kReply}) == 21u);
  CHECK(bench.ram.read<uint8_t>(GuestAddr{DeviceBench::kReply + 4}) == uint8_t{101});
  bench.start();
  CHECK(bench.post(P9Message(Type::kGetattr, 2).u32(0).u64(0)) == 160u);
  CHECK(bench.post(P9Message(Type::kGetattr, 2).u32(5).u64(0)) == 11u);
}

TEST_CASE("P9-01: a read's data goes behind its 11 bytes, into pages of its own") {
  DeviceBench bench;
  bench.tree.file("f", "contents");
  bench.start();
  bench.post(P9Message(Type::kWalk, 1).u32(0).u32(1).u16(1).str("f"));
  bench.post(P9Message(Type::kLopen, 1).u32(1).u32(0));
  CHECK(bench.post(P9Message(Type::kRead, 1).u32(1).u64(0).u32(4096)) == 19u);
  CHECK(bench.ram.read<uint8_t>(GuestAddr{DeviceBench::kReply + 0x1000}) == uint8_t{'c'});
  CHECK(bench.ram.read<uint8_t>(GuestAddr{DeviceBench::kReply + 0x1007}) == uint8_t{'s'});
}

TEST_CASE("P9-03: a chain that is no request puts the device out of order") {
  for (const uint32_t room : {0u, 10u}) {
    DeviceBench bench;
    CHECK(bench.post(P9Message(Type::kFlush, 1).u16(1).finish(), room, 0) == std::nullopt);
    CHECK_FALSE(bench.host.failure.empty());
  }
  DeviceBench bench;
  CHECK(bench.post(std::vector<std::byte>(6)) == std::nullopt);
  CHECK_FALSE(bench.host.failure.empty());
}

TEST_CASE("P9-01: the configuration is the mount tag, with its length in front") {
  DeviceBench bench;
  CHECK(bench.device->config_size() == 7);
  std::array<std::byte, 7> config;
  bench.device->read_config(config);
  CHECK(std::memcmp(config.data(), "\5\0share", 7) == 0);
  CHECK(bench.device->device_features() == 1);
  const auto now = [] { return FileTime{}; };
  CHECK(VirtioP9::create(bench.tree, {.mount_tag = std::string(32, 't')}, now).ok());
  CHECK_FALSE(VirtioP9::create(bench.tree, {.mount_tag = std::string(33, 't')}, now).ok());
  CHECK_FALSE(VirtioP9::create(bench.tree, {.mount_tag = ""}, now).ok());
}

TEST_CASE("P9-02: a reset ends the session") {
  DeviceBench bench;
  bench.start();
  bench.device->reset();
  CHECK(bench.post(P9Message(Type::kGetattr, 2).u32(0).u64(0)) == 11u);
}

}  // namespace
}  // namespace vireo
