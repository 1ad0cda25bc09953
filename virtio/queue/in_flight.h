// The chains that a device holds: taken from a queue and not yet handed back.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "machine/base/archive.h"

namespace vireo {

// Kept in the order of taking. Its length is bounded by the queue, which never takes more
// chains than the ring has descriptors.
class InFlight {
 public:
  struct Chain {
    uint16_t id = 0;
    uint16_t slots = 1;     // places of the ring that it occupies (packed rings)
    bool answered = false;  // waits for an earlier one, with IN_ORDER
    uint32_t written = 0;
  };

  void add(uint16_t id, uint16_t slots);
  // Forgets the latest one and gives it; nothing when there is none.
  std::optional<Chain> remove_last();
  // The device has answered. The earliest chain of that id is meant; false when there is
  // none, as after the queue was reset.
  bool answer(uint16_t id, uint32_t written);
  // Takes out the next answered chain that may go to the driver: any one, or with
  // `in_order` (VirtIO 1.4 section 2.7.9) only the earliest of all.
  std::optional<Chain> take_answered(bool in_order);

  bool empty() const { return chains_.empty(); }
  uint32_t chains() const { return static_cast<uint32_t>(chains_.size()); }
  uint32_t slots() const { return slots_; }
  void clear();
  void visit(Archive& archive);

 private:
  std::deque<Chain> chains_;
  uint32_t slots_ = 0;  // of all chains together
};

}  // namespace vireo
