// virtio-blk: a disk behind virtqueues (VirtIO 1.4 section 5.2).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "machine/base/block_backend.h"
#include "machine/base/result.h"
#include "virtio/blk/blk_options.h"
#include "virtio/blk/blk_request.h"
#include "virtio/device.h"

namespace vireo {

// Requests run synchronously on the backend when their queue is processed, a fixed
// virtual time after the kick; so what a guest sees never depends on how fast the host
// is. Data goes through one bounce buffer of fixed size. Requests of one queue complete
// in order.
//
// Status answers: IOERR for a bad range or length, a failed backend, or a write to a
// read-only disk; UNSUPP for types and flags that are not offered. A chain without room
// for a status byte is handed back with length 0.
class VirtioBlk final : public VirtioDevice {
 public:
  // Virtual time from kick to service.
  static constexpr uint64_t kKickDelayNs = 10'000;
  // One event stops taking requests after this many data bytes, or this many requests: a
  // request may write into its own ring, and so make the next one available, for ever.
  static constexpr uint64_t kBytesPerEvent = 16u << 20;
  static constexpr unsigned kRequestsPerEvent = 1024;
  // A single request may not be longer than this.
  static constexpr uint64_t kMaxRequestBytes = 1u << 30;
  static constexpr uint32_t kMaxDiscardSegments = 32;
  static constexpr uint32_t kMaxWriteZeroesSegments = 1;
  static constexpr uint32_t kMaxDiscardSectors = 1u << 21;
  static constexpr uint32_t kMaxWriteZeroesSectors = 1u << 17;

  // The backend must outlive the device. Fails, naming the property, when an option is
  // out of range or does not fit the disk.
  static Result<std::unique_ptr<VirtioBlk>> create(BlockBackend& backend,
                                                   const VirtioBlkOptions& options);

  uint16_t type_id() const override { return virtio_type::kBlock; }
  uint64_t device_features() const override;
  unsigned queue_count() const override { return options_.num_queues; }
  uint16_t max_queue_size(unsigned) const override {
    return static_cast<uint16_t>(options_.queue_size);
  }
  uint32_t config_size() const override;
  void read_config(std::span<std::byte> out) const override;
  void write_config(uint32_t offset, std::span<const std::byte> bytes) override;
  QueueWork process_queue(unsigned index, Virtqueue& queue) override;
  uint64_t kick_delay_ns() const override { return kKickDelayNs; }
  void reset() override;
  void visit(Archive& archive) override;
  void for_each_counter(const CounterVisitor& visit) const override;

  // Gives the disk another size in bytes, a multiple of the logical block, and tells the driver.
  // The error is for the user.
  Result<void> resize(uint64_t bytes);
  // The backend's size changed: tells the driver (section 5.2.6.2).
  void backend_resized();

  // Whether completed writes may sit in a volatile cache until FLUSH (section 5.2.6.2).
  bool writeback() const;

 private:
  VirtioBlk(BlockBackend& backend, const VirtioBlkOptions& options);
  bool writeback_setting() const;

  BlockBackend& backend_;
  VirtioBlkOptions options_;
  std::optional<bool> driver_writeback_;  // what the driver wrote, if it did
  uint64_t known_capacity_;               // bytes, as last told to the driver
  std::vector<std::byte> bounce_;
  BlkCounters counters_;
};

}  // namespace vireo
