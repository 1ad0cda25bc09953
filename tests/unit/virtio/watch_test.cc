// What an observer of a driver is told.
#include "virtio/watch.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/virtio/packed_kit.h"
#include "tests/unit/virtio/pci_bench.h"

namespace vireo {
namespace {

using namespace testing::common;
using testing::VirtioPciBench;

// Writes each step down in a few words.
struct Notes : DriverWatch {
  void on_access(const DriverAccess& a) override {
    if (a.write && a.region == VirtioRegion::kNotify) add("notify at {}", a.offset);
    accesses.push_back(a);
  }
  void on_status(VirtioInterface, uint8_t before, uint8_t written, uint8_t after) override {
    add("status {} + {} = {}", before, written, after);
  }
  void on_features(VirtioInterface, uint32_t word, uint32_t value) override {
    add("features {} {:#x}", word, value);
  }
  void on_queue_size(unsigned queue, uint16_t size) override { add("size {} {}", queue, size); }
  void on_queue_enabled(VirtioInterface via, unsigned queue, const QueueLayout& layout) override {
    add("enabled {} {} {}", queue, layout.size,
        via == VirtioInterface::kLegacy ? "legacy" : "modern");
  }
  void on_queue_reset(unsigned queue) override { add("queue reset {}", queue); }
  void on_kick(VirtioInterface, unsigned queue, uint32_t data) override {
    add("kick {} {}", queue, data);
  }
  void on_chain(const WatchedChain& chain) override {
    add("chain {} of {} at {} {}", chain.queue, chain.descriptors.size(), chain.ring_position,
        chain.failure);
    descriptors.assign(chain.descriptors.begin(), chain.descriptors.end());
  }
  void on_used(unsigned queue, unsigned count, bool interrupt) override {
    add("used {} {} {}", queue, count, interrupt);
  }
  void on_failure(const std::string&) override { add("failure"); }
  void on_reset(DriverReset kind) override {
    add("reset {}", kind == DriverReset::kStatus ? "status" : "function");
  }
  void on_config_cycle(unsigned offset, unsigned size, bool write) override {
    if (write) add("config {} {}", offset, size);
  }
  void on_bus_master(bool on) override { add("bus master {}", on); }

  template <typename... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    lines.push_back(fmt::format(format, std::forward<Args>(args)...));
  }
  std::vector<std::string> take() { return std::exchange(lines, {}); }

  std::vector<std::string> lines;
  std::vector<DriverAccess> accesses;
  std::vector<WatchedDescriptor> descriptors;
};

using Lines = std::vector<std::string>;

struct Fixture : VirtioPciBench {
  Fixture() { function->set_watch(&notes); }
  ~Fixture() { function->set_watch(nullptr); }
  Notes notes;
};

TEST_CASE_FIXTURE(Fixture, "an observer sees a driver start") {
  start();
  CHECK(notes.take() == Lines{"reset status", "status 0 + 1 = 1", "status 1 + 3 = 3",
                              "features 0 0x0", "features 1 0x1", "status 3 + 11 = 11", "size 0 8",
                              "enabled 0 8 modern", "status 11 + 15 = 15"});
  CHECK(notes.accesses.front().region == VirtioRegion::kCommon);
  CHECK(notes.accesses.front().offset == kStatus);
  CHECK(notes.accesses.front().write);
}

TEST_CASE_FIXTURE(Fixture, "an observer sees a request from its kick to its answer") {
  auto ring = start();
  settle();
  notes.take();
  REQUIRE(serves(ring));
  CHECK(notes.take() == Lines{"notify at 0", "kick 0 0", "chain 0 of 3 at 0 ", "used 0 1 true"});
  REQUIRE(notes.descriptors.size() == 3);
  CHECK(notes.descriptors[1].addr == GuestAddr{kData});
  CHECK(notes.descriptors[1].length == 512);
  CHECK(notes.descriptors[1].flags == (testing::kDescNext | testing::kDescWrite));
  CHECK(notes.descriptors[1].position == 1);
  CHECK_FALSE(notes.descriptors[1].indirect);
}

TEST_CASE_FIXTURE(Fixture, "an observer sees indirect tables and where a walk ended") {
  auto ring = start(virtio_feature::kVersion1 | virtio_feature::kIndirectDesc);
  settle();
  notes.take();
  ring.offer(ring.indirect_chain(0xa0000, {}, {{kHeader, 16, false}, {1 << 20, 1, true}}));
  kick();
  settle();
  const Lines lines = notes.take();
  CHECK(lines[2].find("chain 0 of 3 at 0 descriptor 0x100000") == 0);
  CHECK(lines.back() == "failure");
  CHECK_FALSE(notes.descriptors[0].indirect);
  CHECK(notes.descriptors[2].indirect);
}

TEST_CASE_FIXTURE(Fixture, "an observer sees a legacy driver, resets and the function's PCI side") {
  start_legacy();
  CHECK(notes.take().back() == "status 3 + 7 = 7");
  CHECK(notes.accesses.back().region == VirtioRegion::kLegacy);
  cfg_write(0x04, 2, 0x3);
  CHECK(notes.take() == Lines{"config 4 2", "bus master false"});
  function->reset();
  CHECK(notes.take() == Lines{"reset function"});
}

TEST_CASE("an observer sees a chain once that the device puts back on the ring") {
  GuestMemory ram = GuestMemory::on_heap(0x40000);
  Notes notes;
  testing::DriverRing split(ram, testing::DriverRing::layout_at(0x10000, 8));
  testing::PackedDriverRing packed(ram, testing::PackedDriverRing::layout_at(0x20000, 8));
  for (int i = 0; i < 2; ++i) {
    split.offer(split.chain({{0x1000, 16, true}}));
    packed.offer({{0x1000, 16, true}});
  }
  for (const bool is_packed : {false, true}) {
    RingQueue queue(ram);
    queue.set_watch(&notes, 3);
    queue.start(is_packed ? packed.layout() : split.layout(), {.packed = is_packed});
    const auto first = queue.ring().pop();
    queue.ring().unpop(*first);
    CHECK(queue.ring().pop().has_value());
    CHECK(queue.ring().pop().has_value());
    CHECK(notes.take() == Lines{"chain 3 of 1 at 0 ", "chain 3 of 1 at 1 "});
  }
}

TEST_CASE("what a driver does is the same whether somebody watches or not") {
  const auto run = [](bool watched) {
    VirtioPciBench bench;
    Notes notes;
    bench.function->set_watch(watched ? &notes : nullptr);
    auto ring = bench.start(bench.offered());
    for (int i = 0; i < 5; ++i) bench.serves(ring);
    Archive archive = Archive::saver();
    bench.function->visit(archive);
    bench.function->set_watch(nullptr);
    return archive.bytes();
  };
  CHECK(run(false) == run(true));
}

}  // namespace
}  // namespace vireo
