// How requests reach the disk: at once, or by threads that wait for it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "machine/base/archive.h"
#include "machine/base/block_backend.h"
#include "machine/base/block_workers.h"
#include "virtio/blk/blk_request.h"
#include "virtio/blk/held_bytes.h"

namespace vireo {

// A request that is on its way. It stays where it is in memory until it is answered.
struct BlkTransfer {
  enum class Stage : uint8_t {
    kLater,    // a read that will not have to wait, made when its answer is due
    kWorking,  // a worker has it
    kDone,     // the disk has done its part
  };
  unsigned queue = 0;
  uint64_t due_ns = 0;  // when the guest gets its answer
  bool called = false;  // the queue was told that this is due
  uint64_t room = 0;    // bytes that it counts for, of those that may be on their way
  BlkRequest request;
  Stage stage = Stage::kDone;
  uint64_t job = 0;       // the worker's
  HeldBytes held;         // what a read has brought, or what the guest gave to write
  uint64_t moved = 0;     // bytes that were read or written well
  bool in_guest = false;  // what was read is in the chain
  std::string failed;     // which operation, and why; empty while all is well
  std::string reason;

  bool reads() const { return request.action == BlkAction::kRead; }
  void fail(std::string_view operation, const Error& error);
  // Of one whose part the disk has done.
  void visit(Archive& archive);

 private:
  void visit_held(Archive& archive);
};

// Makes the transfers of one disk. The guest gets the same whichever way a transfer goes, and at
// the same time, so that it does not matter which way that is:
//  - What a request writes is taken from the guest when it begins, what it reads is put there when
//    its answer is due.
//  - Two transfers of which one changes what the other touches never overtake each other: the
//    earlier one is finished before the later one begins.
// What may have to wait (BlockBackend::may_wait) goes to a worker together with its data, the rest
// is done at once in pieces through one small buffer. While workers use a disk that is not
// concurrent() everything else waits its turn behind them.
class BlkTransfers {
 public:
  // Longer transfers are done at once, whatever they wait for, so that none needs much memory.
  static constexpr uint64_t kMostHeld = 4u << 20;

  // Both must outlive this; without workers everything is done at once.
  BlkTransfers(BlockBackend& disk, BlockWorkers* workers);
  ~BlkTransfers();

  // Of a new request; `earlier` are those on their way, which it may have to wait for.
  template <typename Transfers>
  void make_way(const BlkRequest& request, Transfers& earlier) {
    for (BlkTransfer& one : earlier) {
      if (one.stage == BlkTransfer::Stage::kDone) continue;
      if (!one.request.changes_disk() && !request.changes_disk()) continue;
      if (one.request.overlaps(request)) settle(one);
    }
  }
  void begin(BlkTransfer& transfer, GuestMemory& memory);
  // The disk has done its part afterwards; what a read brought is held.
  void settle(BlkTransfer& transfer);
  // The same, and what a read brought is in the guest's memory.
  void finish(BlkTransfer& transfer, GuestMemory& memory);
  void wait_for_workers();

  // Bytes that are held for a new request at most.
  static uint64_t holds(const BlkRequest& request);

 private:
  bool by_worker(const BlkRequest& request);
  void claim_disk();
  void hand_over(BlkTransfer& transfer, GuestMemory& memory);
  void read_to_guest(BlkTransfer& transfer, GuestMemory& memory);
  void write_from_guest(BlkTransfer& transfer, GuestMemory& memory);
  void make(BlkTransfer& transfer);
  void make_last(BlkTransfer& transfer);
  void move_held(BlkTransfer& transfer);
  Result<void> move(const BlkTransfer& transfer, uint64_t offset, std::span<std::byte> bytes);

  BlockBackend& disk_;
  BlockWorkers* workers_;
  std::vector<std::byte> bounce_;
};

}  // namespace vireo
