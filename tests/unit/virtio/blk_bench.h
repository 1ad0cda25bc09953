// A virtio-blk device on one split queue without any transport: requests in, answers out.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/virtio/driver_kit.h"
#include "tests/unit/virtio/vector_backend.h"
#include "virtio/blk/blk_device.h"
#include "virtio/blk/blk_protocol.h"
#include "virtio/queue/split_queue.h"

namespace vireo::testing {

using virtio_blk::RequestType;

inline constexpr uint8_t kBlkOk = 0;
inline constexpr uint8_t kBlkIoError = 1;
inline constexpr uint8_t kBlkUnsupported = 2;
inline constexpr uint8_t kNoStatus = 0xcc;  // what unwritten guest memory holds here

struct BlkAnswer {
  uint8_t status = kNoStatus;
  uint32_t used_length = 0;
  std::vector<uint8_t> data;  // the room in front of the status byte
};

struct FakeHost : VirtioHost {
  explicit FakeHost(GuestMemory& ram) : ram(ram) {}
  uint64_t features() const override { return bits; }
  bool legacy_session() const override { return legacy; }
  GuestMemory& memory() override { return ram; }
  void config_changed() override { ++config_changes; }
  void queue_ready(unsigned) override {}
  void device_failed(const std::string& why) override { failure = why; }

  GuestMemory& ram;
  uint64_t bits = 0;
  bool legacy = false;
  unsigned config_changes = 0;
  std::string failure;
};

class BlkBench {
 public:
  static constexpr uint64_t kRing = 0x1000;
  static constexpr uint64_t kReadable = 0x10000;  // header and payload
  static constexpr uint64_t kWritable = 0x80000;  // data and status
  static constexpr uint32_t kArea = 0x60000;

  explicit BlkBench(const VirtioBlkOptions& options = {}, size_t disk_size = 64 << 10,
                    bool read_only = false)
      : disk(disk_size, read_only) {
    auto made = VirtioBlk::create(disk, options);
    REQUIRE(made.ok());
    blk = std::move(made).value();
    blk->attach(host);
    host.bits = blk->device_features() | virtio_feature::kVersion1;
    queue.start(ring.layout(), {.event_idx = false, .indirect = true});
  }

  // One request: its header and payload at kReadable, `room` bytes and the status byte
  // at kWritable, cut into pieces by `cut` (default: header, payload, room, status).
  BlkAnswer request(uint32_t type, uint64_t sector, const std::vector<uint8_t>& payload,
                    uint32_t room) {
    return run({{kReadable, 16, false},
                {kReadable + 16, static_cast<uint32_t>(payload.size()), false},
                {kWritable, room, true},
                {kWritable + room, 1, true}},
               type, sector, payload, room);
  }
  BlkAnswer request(RequestType type, uint64_t sector, const std::vector<uint8_t>& payload,
                    uint32_t room) {
    return request(static_cast<uint32_t>(type), sector, payload, room);
  }
  // The same with the chain given; long ones go through an indirect table.
  BlkAnswer run(const std::vector<Piece>& pieces, uint32_t type, uint64_t sector,
                const std::vector<uint8_t>& payload, uint32_t room) {
    place(type, sector, payload);
    return run_raw(pieces, room);
  }
  void place(uint32_t type, uint64_t sector, const std::vector<uint8_t>& payload) {
    ram.write(GuestAddr{kReadable}, type);
    ram.write(GuestAddr{kReadable + 4}, uint32_t{0});
    ram.write(GuestAddr{kReadable + 8}, sector);
    ram.write_bytes(GuestAddr{kReadable + 16}, std::as_bytes(std::span(payload)));
  }
  BlkAnswer run_raw(const std::vector<Piece>& pieces, uint32_t room) {
    ram.fill(GuestAddr{kWritable}, kArea, std::byte{kNoStatus});
    const uint16_t used = ring.used_idx();
    ring.offer(pieces.size() <= ring.size() ? ring.chain(pieces)
                                            : ring.indirect_chain(0xe0000, {}, pieces));
    blk->process_queue(0, queue);
    queue.publish();
    BlkAnswer answer;
    if (ring.used_idx() == used) return answer;
    answer.used_length = ring.used(used).length;
    answer.status = *ram.read<uint8_t>(GuestAddr{kWritable + room});
    answer.data.resize(room);
    ram.read_bytes(GuestAddr{kWritable}, std::as_writable_bytes(std::span(answer.data)));
    return answer;
  }

  std::vector<uint8_t> disk_bytes(size_t offset, size_t length) const {
    std::vector<uint8_t> bytes(length);
    std::memcpy(bytes.data(), disk.bytes.data() + offset, length);
    return bytes;
  }
  static std::vector<uint8_t> segment(uint64_t sector, uint32_t sectors, uint32_t flags = 0) {
    std::vector<uint8_t> bytes(16);
    std::memcpy(bytes.data(), &sector, 8);
    std::memcpy(bytes.data() + 8, &sectors, 4);
    std::memcpy(bytes.data() + 12, &flags, 4);
    return bytes;
  }
  virtio_blk::Config config() const {
    virtio_blk::Config config;
    blk->read_config(std::as_writable_bytes(std::span(&config, 1)).first(60));
    return config;
  }

  GuestMemory ram = GuestMemory::on_heap(1 << 20);
  VectorBackend disk;
  FakeHost host{ram};
  std::unique_ptr<VirtioBlk> blk;
  DriverRing ring{ram, DriverRing::layout_at(kRing, 16)};
  SplitQueue queue{ram};
};

}  // namespace vireo::testing
