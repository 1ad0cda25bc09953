// A well-behaved driver's queue in either ring format: buffers go out, answers come back.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "tests/unit/virtio/driver_kit.h"
#include "tests/unit/virtio/packed_kit.h"

namespace vireo::testing {

// Tracks which descriptors are free, so chains may come back in any order.
class DriverQueue {
 public:
  virtual ~DriverQueue() = default;
  // Makes the pieces available, through an indirect table at `table` unless that is 0;
  // gives the number that the used element will bear. Nothing without free descriptors.
  virtual std::optional<uint16_t> add(const std::vector<Piece>& pieces, uint64_t table) = 0;
  virtual std::optional<UsedEntry> take_used() = 0;
  virtual void want_interrupts(bool wanted) = 0;
};

class SplitDriverQueue : public DriverQueue {
 public:
  SplitDriverQueue(GuestMemory& ram, const QueueLayout& layout) : ring_(ram, layout) {
    for (uint16_t i = layout.size; i > 0; --i) free_.push_back(static_cast<uint16_t>(i - 1));
  }

  std::optional<uint16_t> add(const std::vector<Piece>& pieces, uint64_t table) override {
    const size_t needed = table != 0 ? 1 : pieces.size();
    if (needed == 0 || needed > free_.size()) return std::nullopt;
    const std::vector<uint16_t> taken(free_.end() - static_cast<ptrdiff_t>(needed), free_.end());
    free_.resize(free_.size() - needed);
    if (table != 0) {
      ring_.descriptor(taken[0], table, ring_.indirect_table(table, pieces), kDescIndirect);
    } else {
      for (size_t i = 0; i < needed; ++i) link(taken, i, pieces[i]);
    }
    out_[taken[0]] = taken;
    ring_.offer(taken[0]);
    return taken[0];
  }

  std::optional<UsedEntry> take_used() override {
    if (ring_.used_idx() == next_used_) return std::nullopt;
    const UsedEntry used = ring_.used(next_used_++);
    const auto& back = out_[static_cast<uint16_t>(used.id)];
    REQUIRE_FALSE(back.empty());
    free_.insert(free_.end(), back.begin(), back.end());
    out_.erase(static_cast<uint16_t>(used.id));
    return used;
  }

  void want_interrupts(bool wanted) override { ring_.set_avail_flags(wanted ? 0 : 1); }

 private:
  void link(const std::vector<uint16_t>& taken, size_t i, const Piece& piece) {
    const bool last = i + 1 == taken.size();
    const int flags = (piece.device_writes ? kDescWrite : 0) | (last ? 0 : kDescNext);
    ring_.descriptor(taken[i], piece.addr, piece.length, static_cast<uint16_t>(flags),
                     last ? 0 : taken[i + 1]);
  }

  DriverRing ring_;
  std::vector<uint16_t> free_;
  std::map<uint16_t, std::vector<uint16_t>> out_;  // by head
  uint16_t next_used_ = 0;
};

class PackedDriverQueue : public DriverQueue {
 public:
  PackedDriverQueue(GuestMemory& ram, const QueueLayout& layout)
      : ring_(ram, layout), free_(layout.size) {}

  std::optional<uint16_t> add(const std::vector<Piece>& pieces, uint64_t table) override {
    const size_t needed = table != 0 ? 1 : pieces.size();
    if (needed == 0 || needed > free_) return std::nullopt;
    free_ -= needed;
    const uint16_t id = table != 0 ? ring_.indirect_chain(table, pieces) : ring_.chain(pieces);
    REQUIRE(out_.count(id) == 0);
    out_[id] = needed;
    ring_.offer();
    return id;
  }

  std::optional<UsedEntry> take_used() override {
    const auto used = ring_.take_used();
    if (!used) return std::nullopt;
    const auto back = out_.find(static_cast<uint16_t>(used->id));
    REQUIRE(back != out_.end());
    free_ += back->second;
    out_.erase(back);
    return used;
  }

  void want_interrupts(bool wanted) override {
    ring_.set_driver_event({0, false, static_cast<uint16_t>(wanted ? 0 : 1)});
  }

 private:
  PackedDriverRing ring_;
  size_t free_;
  std::map<uint16_t, size_t> out_;  // descriptors by buffer id
};

inline std::unique_ptr<DriverQueue> make_driver_queue(GuestMemory& ram, const QueueLayout& layout,
                                                      bool packed) {
  if (packed) return std::make_unique<PackedDriverQueue>(ram, layout);
  return std::make_unique<SplitDriverQueue>(ram, layout);
}

}  // namespace vireo::testing
