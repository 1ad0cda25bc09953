// The driver's side of a split ring, laid out in guest memory by hand: for tests that play
// a good or a hostile driver.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "machine/base/guest_memory.h"
#include "virtio/queue/split_queue.h"

namespace vireo::testing {

// One buffer of a request.
struct Piece {
  uint64_t addr = 0;
  uint32_t length = 0;
  bool device_writes = false;
};

inline constexpr uint16_t kDescNext = 1;
inline constexpr uint16_t kDescWrite = 2;
inline constexpr uint16_t kDescIndirect = 4;

struct UsedEntry {
  uint32_t id = 0;
  uint32_t length = 0;
  bool operator==(const UsedEntry&) const = default;
};

// Every field of the three areas can be set to anything; `chain` and `offer` are what a
// good driver does. Descriptors are handed out round robin and never tracked.
class DriverRing {
 public:
  DriverRing(GuestMemory& ram, const QueueLayout& layout) : ram_(ram), layout_(layout) {}

  // The areas one after another from `base`, each on a page of its own.
  static QueueLayout layout_at(uint64_t base, uint16_t size) {
    const auto pages = [](uint64_t bytes) { return (bytes + kPageMask) & ~kPageMask; };
    const uint64_t avail = base + pages(split_table_bytes(size));
    return {size, GuestAddr{base}, GuestAddr{avail},
            GuestAddr{avail + pages(split_avail_bytes(size))}};
  }

  const QueueLayout& layout() const { return layout_; }
  uint16_t size() const { return layout_.size; }

  void descriptor(uint16_t index, uint64_t addr, uint32_t length, uint16_t flags,
                  uint16_t next = 0) {
    put_descriptor(layout_.descriptors + uint64_t{16} * index, addr, length, flags, next);
  }
  void put_descriptor(GuestAddr at, uint64_t addr, uint32_t length, uint16_t flags, uint16_t next) {
    ram_.write(at, addr);
    ram_.write(at + 8, length);
    ram_.write(at + 12, flags);
    ram_.write(at + 14, next);
  }

  // Links descriptors for the pieces; returns the head's index.
  uint16_t chain(const std::vector<Piece>& pieces) {
    const uint16_t head = next_descriptor_;
    for (size_t i = 0; i < pieces.size(); ++i) {
      const uint16_t index = take_descriptor();
      const bool last = i + 1 == pieces.size();
      descriptor(index, pieces[i].addr, pieces[i].length, flags_of(pieces[i], !last),
                 next_descriptor_);
    }
    return head;
  }

  // Writes an indirect table at `table` and gives the bytes it takes.
  uint32_t indirect_table(uint64_t table, const std::vector<Piece>& pieces) {
    for (size_t i = 0; i < pieces.size(); ++i) {
      const bool last = i + 1 == pieces.size();
      put_descriptor(GuestAddr{table + 16 * i}, pieces[i].addr, pieces[i].length,
                     flags_of(pieces[i], !last), static_cast<uint16_t>(i + 1));
    }
    return static_cast<uint32_t>(16 * pieces.size());
  }

  // A chain of direct pieces that ends in one indirect descriptor for the rest.
  uint16_t indirect_chain(uint64_t table, const std::vector<Piece>& direct,
                          const std::vector<Piece>& rest) {
    const uint16_t head = next_descriptor_;
    for (const Piece& piece : direct) {
      const uint16_t index = take_descriptor();
      descriptor(index, piece.addr, piece.length, flags_of(piece, true), next_descriptor_);
    }
    descriptor(take_descriptor(), table, indirect_table(table, rest), kDescIndirect);
    return head;
  }

  // Makes a head available.
  void offer(uint16_t head) {
    set_avail_entry(avail_idx_, head);
    set_avail_idx(static_cast<uint16_t>(avail_idx_ + 1));
  }
  void set_avail_entry(uint16_t index, uint16_t head) {
    ram_.write(layout_.driver_area + 4 + 2 * uint64_t{static_cast<uint16_t>(index % size())}, head);
  }
  void set_avail_idx(uint16_t idx) {
    avail_idx_ = idx;
    ram_.write(layout_.driver_area + 2, idx);
  }
  void set_avail_flags(uint16_t flags) { ram_.write(layout_.driver_area, flags); }
  void set_used_event(uint16_t event) {
    ram_.write(layout_.driver_area + 4 + uint64_t{2} * size(), event);
  }

  uint16_t avail_idx() const { return avail_idx_; }
  uint16_t used_flags() const { return *ram_.read<uint16_t>(layout_.device_area); }
  uint16_t used_idx() const { return *ram_.read<uint16_t>(layout_.device_area + 2); }
  uint16_t avail_event() const {
    return *ram_.read<uint16_t>(layout_.device_area + 4 + uint64_t{8} * size());
  }
  UsedEntry used(uint16_t index) const {
    return *ram_.read<UsedEntry>(layout_.device_area + 4 +
                                 8 * uint64_t{static_cast<uint16_t>(index % size())});
  }

 private:
  static uint16_t flags_of(const Piece& piece, bool more) {
    return static_cast<uint16_t>((piece.device_writes ? kDescWrite : 0) | (more ? kDescNext : 0));
  }
  uint16_t take_descriptor() {
    const uint16_t index = next_descriptor_;
    next_descriptor_ = static_cast<uint16_t>((next_descriptor_ + 1) % size());
    return index;
  }

  GuestMemory& ram_;
  QueueLayout layout_;
  uint16_t next_descriptor_ = 0;
  uint16_t avail_idx_ = 0;
};

}  // namespace vireo::testing
