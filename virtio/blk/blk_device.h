// virtio-blk: a disk behind virtqueues (VirtIO 1.4 section 5.2).
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machine/base/block_backend.h"
#include "machine/base/block_workers.h"
#include "machine/base/event_queue.h"
#include "machine/base/result.h"
#include "virtio/blk/blk_options.h"
#include "virtio/blk/blk_transfer.h"
#include "virtio/device.h"

namespace vireo {

// What a disk has done so far.
struct BlkCounters {
  uint64_t reads = 0, read_bytes = 0;
  uint64_t writes = 0, written_bytes = 0;
  uint64_t flushes = 0;
  uint64_t errors = 0;  // requests answered with IOERR
};

// Where a device has its time from, and threads that wait for its disk. Without events a request
// is answered when its queue is processed; without workers the machine waits for the disk.
struct BlkTiming {
  EventQueue* events = nullptr;
  BlockWorkers* workers = nullptr;
};

// A disk's failure: the operation ("read", "write", "flush") and why.
using BlkTrouble = std::function<void(std::string_view operation, const std::string& reason)>;

// Requests are taken when their queue is processed, a fixed virtual time after the kick, and
// answered a virtual time later that depends on nothing but the request: its kind and its size.
// Meanwhile the processor runs on and the host's disk works on many of them (BlkTransfers). When
// the host is later than that the machine waits for it; so what a guest sees never depends on how
// fast the host is. Answers of the same moment come in the order in which the requests were taken.
//
// A FLUSH takes longer than others, and so requests that are taken after it may be answered before
// it; what was answered before it was taken is on stable storage when it is answered.
//
// Status answers: IOERR for a bad range or length, a failed backend, or a write to a
// read-only disk; UNSUPP for types and flags that are not offered. A chain without room
// for a status byte is handed back with length 0.
class VirtioBlk final : public VirtioDevice {
 public:
  // Virtual time from kick to service.
  static constexpr uint64_t kKickDelayNs = 10'000;
  // Virtual time from there to the answer: the same for every request, more for each 8 bytes of
  // data, and more for what has to reach stable storage or changes where data are.
  static constexpr uint64_t kAccessNs = 4'000;
  static constexpr uint64_t kBytesPerNs = 8;
  static constexpr uint64_t kLongNs = 100'000;
  // So much is on its way at most; what is beyond waits on its ring.
  static constexpr size_t kMostInFlight = 1024;
  static constexpr uint64_t kMostHeldBytes = 16u << 20;
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

  // The backend must outlive the device, and so must what `timing` names. Fails, naming the
  // property, when an option is out of range or does not fit the disk.
  static Result<std::unique_ptr<VirtioBlk>> create(BlockBackend& backend,
                                                   const VirtioBlkOptions& options,
                                                   const BlkTiming& timing = {});

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
  uint64_t kick_delay_ns() const override { return answering_ ? 0 : kKickDelayNs; }
  void queue_stopped(unsigned index) override;
  void reset() override;
  void visit(Archive& archive) override;
  void for_each_counter(const CounterVisitor& visit) const override;

  // Told of each request that the disk fails, when it is answered.
  void set_trouble(BlkTrouble trouble) { trouble_ = std::move(trouble); }
  // The disk has done its part of all that is on its way: others may use it until the next
  // request. The guest's answers are not earlier for it.
  void settle();

  // Gives the disk another size in bytes, a multiple of the logical block, and tells the driver.
  // The error is for the user.
  Result<void> resize(uint64_t bytes);
  // The backend's size changed: tells the driver (section 5.2.6.2).
  void backend_resized();

  // Whether completed writes may sit in a volatile cache until FLUSH (section 5.2.6.2).
  bool writeback() const;

 private:
  VirtioBlk(BlockBackend& backend, const VirtioBlkOptions& options, const BlkTiming& timing);
  bool writeback_setting() const;
  BlkTerms terms() const;
  uint64_t now_ns() const;
  bool room() const;
  QueueWork take_requests(unsigned index, Virtqueue& queue);
  void begin(unsigned index, BlkRequest request);
  void answer_due(unsigned index, Virtqueue& queue);
  void answer(BlkTransfer& transfer, Virtqueue& queue);
  void count(const BlkTransfer& transfer);
  void call_queues();
  void schedule_answer();
  void wake_paused();
  void visit_in_flight(Archive& archive);

  BlockBackend& backend_;
  VirtioBlkOptions options_;
  EventQueue* events_;
  std::optional<Event> answers_due_;
  std::optional<bool> driver_writeback_;  // what the driver wrote, if it did
  uint64_t known_capacity_;               // bytes, as last told to the driver
  std::list<BlkTransfer> in_flight_;      // the first due first
  BlkTransfers transfers_;                // goes before those on their way do
  uint64_t held_bytes_ = 0;               // of those on their way, see BlkTransfers::holds()
  std::vector<uint8_t> paused_;           // by queue: chains wait for room
  bool answering_ = false;
  BlkCounters counters_;
  BlkTrouble trouble_;
};

}  // namespace vireo
