// A disk on real threads: the machine runs on while the host's disk does not answer.
#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>

#include "machine/host/worker_threads.h"
#include "tests/unit/virtio/device_bench.h"
#include "tests/unit/virtio/waiting_disk.h"
#include "virtio/blk/blk_device.h"

namespace vireo {
namespace {

using testing::BenchMachine;
using testing::Bytes;
using testing::DeviceBench;
using testing::WaitingDisk;

Bytes request(uint32_t type, uint64_t sector, size_t data = 0) {
  Bytes bytes(16 + data, 0x5a);
  const uint32_t reserved = 0;
  std::memcpy(bytes.data(), &type, 4);
  std::memcpy(bytes.data() + 4, &reserved, 4);
  std::memcpy(bytes.data() + 8, &sector, 8);
  return bytes;
}

// Does nothing until it is let go.
class HungDisk final : public WaitingDisk {
 public:
  HungDisk() : WaitingDisk(64 << 10) {
    waits = [](BlockOperation, uint64_t, uint64_t) { return true; };
  }
  Result<void> read(uint64_t offset, std::span<std::byte> out) override {
    const auto lock = wait();
    return WaitingDisk::read(offset, out);
  }
  Result<void> write(uint64_t offset, std::span<const std::byte> in) override {
    const auto lock = wait();
    return WaitingDisk::write(offset, in);
  }
  Result<void> flush() override {
    const auto lock = wait();
    return WaitingDisk::flush();
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    free_ = true;
    changed_.notify_all();
  }

 private:
  std::unique_lock<std::mutex> wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return free_; });
    return lock;
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  bool free_ = false;
};

struct Rig {
  explicit Rig(bool several) {
    disk.several = several;
    bench.start();
  }
  BenchMachine machine;
  HungDisk disk;
  WorkerThreads workers{4};
  std::unique_ptr<VirtioBlk> blk =
      std::move(*VirtioBlk::create(disk, {}, {&machine.events, &workers}));
  DeviceBench bench{machine, *blk};
};

TEST_CASE("disk threads: virtual time passes while a disk hangs, and answers are not late") {
  for (const bool several : {true, false}) {
    Rig rig(several);
    for (unsigned i = 0; i < 20; ++i) {
      rig.bench.submit(0, request(i % 2, i, i % 2 * 512), i % 2 == 0 ? 513 : 1);
    }
    rig.bench.submit(0, request(4, 0), 1);
    rig.machine.run_for(VirtioBlk::kKickDelayNs + VirtioBlk::kAccessNs);
    CHECK(rig.bench.answers(0).empty());
    CHECK(rig.disk.reads == 0);
    rig.disk.let_go();
    rig.machine.run_for(VirtioBlk::kAccessNs);
    const auto answers = rig.bench.answers(0);
    REQUIRE(answers.size() == 20);
    for (const auto& answer : answers) CHECK(answer.room.back() == 0);
    rig.bench.settle();
    CHECK(rig.bench.answers(0).size() == 1);
    CHECK(rig.disk.flushes == 1);
  }
}

TEST_CASE("disk threads: a device that goes waits for its transfers") {
  BenchMachine machine;
  HungDisk disk;
  WorkerThreads workers{4};
  {
    const auto blk = std::move(*VirtioBlk::create(disk, {}, {&machine.events, &workers}));
    DeviceBench bench{machine, *blk};
    bench.start();
    bench.submit(0, request(1, 7, 512), 1);
    machine.run_for(VirtioBlk::kKickDelayNs);
    disk.let_go();
  }
  CHECK(workers.idle());
  CHECK(disk.bytes[7 * 512] == std::byte{0x5a});
}

}  // namespace
}  // namespace vireo
