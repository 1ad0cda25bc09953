// Fuzzes virtio-blk on a split ring: the input is a program of ring writes, by a driver that
// knows no rules.
#include <cstdlib>

#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_virtio_host.h"
#include "tests/unit/virtio/driver_kit.h"
#include "tests/unit/virtio/vector_backend.h"
#include "virtio/blk/blk_device.h"
#include "virtio/queue/split_queue.h"

namespace vireo::fuzz {
namespace {

using testing::DriverRing;
using testing::VectorBackend;

constexpr uint64_t kRam = 0x10000;
constexpr uint64_t kRing = 0x1000;
constexpr size_t kDisk = 16 << 10;
constexpr int kMaxSteps = 256;

class RingProgram {
 public:
  RingProgram(FuzzInput& input, VirtioBlk& blk, GuestMemory& ram)
      : input_(input),
        blk_(blk),
        ram_(ram),
        queue_(ram),
        ring_(ram, DriverRing::layout_at(kRing, static_cast<uint16_t>(4u << (input.below(4))))) {
    start();
  }

  void run() {
    for (int i = 0; i < kMaxSteps && !input_.empty(); ++i) step();
    serve();
  }

 private:
  void step() {
    switch (input_.take<uint8_t>() % 16) {
      case 0:
      case 1:
        return descriptor(ring_.layout().descriptors + 16 * input_.below(ring_.size()));
      case 2:
        return descriptor(GuestAddr{0x4000 + 16 * input_.below(64)});  // an indirect table
      case 3:
        return header();
      case 4:
        return ring_.offer(static_cast<uint16_t>(input_.below(ring_.size() + 1u)));
      case 5:
        return ring_.set_avail_idx(input_.take<uint16_t>());
      case 6:
      case 7:
        return serve();
      case 8:
        ram_.write(GuestAddr{input_.take<uint16_t>()}, input_.take<uint16_t>());
        return;
      default:
        return request();
    }
  }

  // Addresses are in or near RAM, lengths small more often than not.
  void descriptor(GuestAddr at) {
    uint64_t addr = input_.take<uint16_t>();
    const uint8_t shape = input_.take<uint8_t>();
    if ((shape & 7) == 7) addr |= input_.take<uint64_t>() << 16;
    const uint32_t length = (shape & 8) ? input_.take<uint32_t>() : input_.below(1100);
    const uint16_t flags = (shape & 16) ? input_.take<uint16_t>() : shape >> 5;
    ring_.put_descriptor(at, addr, length, flags, static_cast<uint16_t>(input_.below(20)));
  }

  void header() {
    const GuestAddr at{0x8000 + 16 * input_.below(16)};
    ram_.write(at, uint32_t{input_.take<uint8_t>()} % 16);
    ram_.write(at + 8, uint64_t{input_.below(40)});
  }

  // A request with nothing wrong in its ring, so that inputs get as far as the disk.
  void request() {
    constexpr uint8_t kTypes[] = {0, 0, 0, 1, 1, 1, 4, 5, 8, 11, 11, 13, 13, 2, 3, 99};
    const uint8_t shape = input_.take<uint8_t>();
    ram_.write(GuestAddr{0x9000}, uint32_t{kTypes[shape % 16]});
    ram_.write(GuestAddr{0x9008}, uint64_t{input_.take<uint8_t>()} % 40);
    segment();
    const uint32_t cut = 1 + input_.below(15);
    const uint32_t payload = (shape & 0x10) ? input_.below(2000) : 16 * (shape >> 5);
    const uint32_t room = (shape & 0x20) ? input_.below(2000) : 512 * (shape >> 6);
    ring_.offer(ring_.chain({{0x9000, cut, false},
                             {0x9000 + cut, 16 - cut + payload, false},
                             {0xa000, room, true},
                             {0xb000, 1, true}}));
    if ((shape & 0xc0) != 0) serve();
  }

  // What a DISCARD or WRITE_ZEROES finds behind the header.
  void segment() {
    const uint8_t bits = input_.take<uint8_t>();
    ram_.write(GuestAddr{0x9010}, uint64_t{bits} % 40);
    ram_.write(GuestAddr{0x9018}, uint32_t{bits} >> 5);
    ram_.write(GuestAddr{0x901c}, uint32_t{bits} >> 7);
  }

  void start() {
    const uint8_t bits = input_.take<uint8_t>();
    queue_.start(ring_.layout(), {.event_idx = (bits & 1) != 0,
                                  .indirect = (bits & 2) != 0,
                                  .notify_on_empty = (bits & 4) != 0});
  }

  void serve() {
    const uint16_t before = queue_.next_used();
    blk_.process_queue(0, queue_);
    const auto served = static_cast<uint16_t>(queue_.next_used() - before);
    if (served > VirtioBlk::kRequestsPerEvent) std::abort();
    queue_.publish();
    queue_.request_kicks();
    if (queue_.failed()) {
      start();
      ring_.set_avail_idx(0);
    }
  }

  FuzzInput& input_;
  VirtioBlk& blk_;
  GuestMemory& ram_;
  SplitQueue queue_;
  DriverRing ring_;
};

void fuzz(FuzzInput input) {
  GuestMemory ram = GuestMemory::on_heap(kRam);
  const uint8_t mode = input.take<uint8_t>();
  VectorBackend disk(kDisk, (mode & 1) != 0);
  auto blk = VirtioBlk::create(disk, {});
  if (!blk) std::abort();
  RingHost host(ram, (mode & 2) ? ~uint64_t{0} : 0, (mode & 4) != 0, 1);
  (*blk)->attach(host);
  const auto before = disk.bytes;
  RingProgram(input, **blk, ram).run();
  if (disk.bytes.size() != kDisk) std::abort();
  if (disk.read_only() && disk.bytes != before) std::abort();
}

}  // namespace
}  // namespace vireo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vireo::fuzz::fuzz(vireo::fuzz::FuzzInput(data, size));
  return 0;
}
