// The driver's side of a packed ring, laid out in guest memory by hand: for tests that play
// a good or a hostile driver.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "machine/base/guest_memory.h"
#include "tests/unit/virtio/driver_kit.h"
#include "virtio/queue/packed_queue.h"

namespace vireo::testing {

// Event suppression as a driver or device leaves it.
struct PackedEvent {
  uint16_t offset = 0;
  bool wrap = false;
  uint16_t how = 0;
  bool operator==(const PackedEvent&) const = default;
};

// Every field can be set to anything; `chain`, `offer` and `take_used` are what a good
// driver does. As many descriptors as the ring has may be out at once; that is not checked.
class PackedDriverRing {
 public:
  static constexpr uint16_t kAvail = descriptor_flag::kAvail;
  static constexpr uint16_t kUsed = descriptor_flag::kUsed;

  PackedDriverRing(GuestMemory& ram, const QueueLayout& layout) : ram_(&ram), layout_(layout) {}

  // The areas one after another from `base`, each on a page of its own.
  static QueueLayout layout_at(uint64_t base, uint16_t size) {
    const uint64_t driver = (base + packed_ring_bytes(size) + kPageMask) & ~kPageMask;
    return {size, GuestAddr{base}, GuestAddr{driver}, GuestAddr{driver + kPageSize}};
  }

  const QueueLayout& layout() const { return layout_; }
  uint16_t size() const { return layout_.size; }
  // Slot and wrap counter of the next descriptor to make available.
  uint16_t next() const { return next_; }
  bool wrap() const { return wrap_; }
  // The AVAIL and USED bits of a descriptor available in the current lap.
  uint16_t ready() const { return wrap_ ? kAvail : kUsed; }

  void put(GuestAddr at, const PackedDescriptor& descriptor) { ram_->write(at, descriptor); }
  void put(uint16_t slot, const PackedDescriptor& descriptor) {
    put(layout_.descriptors + uint64_t{16} * slot, descriptor);
  }
  PackedDescriptor at(uint16_t slot) const {
    return *ram_->read<PackedDescriptor>(layout_.descriptors + uint64_t{16} * slot);
  }

  // Writes descriptors for the pieces, the first one not yet available; only the last
  // one carries the buffer id, which is returned.
  uint16_t chain(const std::vector<Piece>& pieces) {
    begin(static_cast<uint16_t>(pieces.size()));
    for (size_t i = 0; i < pieces.size(); ++i) {
      const bool last = i + 1 == pieces.size();
      const auto flags =
          static_cast<uint16_t>(flags_of(pieces[i]) | (last ? 0 : descriptor_flag::kNext));
      append({pieces[i].addr, pieces[i].length, last ? id_ : uint16_t{0xffff}, flags});
    }
    return id_;
  }

  // Writes an indirect table at `table` and one descriptor for it.
  uint16_t indirect_chain(uint64_t table, const std::vector<Piece>& pieces) {
    for (size_t i = 0; i < pieces.size(); ++i) {
      put(GuestAddr{table + 16 * i}, {pieces[i].addr, pieces[i].length, 0, flags_of(pieces[i])});
    }
    begin(1);
    append({table, static_cast<uint32_t>(16 * pieces.size()), id_, descriptor_flag::kIndirect});
    return id_;
  }

  // Makes the chain written last available.
  void offer() { ram_->write(layout_.descriptors + uint64_t{16} * head_ + 14, head_flags_); }
  void offer(const std::vector<Piece>& pieces) {
    chain(pieces);
    offer();
  }

  // The next used element, when the device has published one.
  std::optional<UsedEntry> take_used() {
    const PackedDescriptor used = at(last_used_);
    if (((used.flags & kAvail) != 0) != used_wrap_ || ((used.flags & kUsed) != 0) != used_wrap_) {
      return std::nullopt;
    }
    const uint16_t taken = slots_.count(used.id) != 0 ? slots_[used.id] : uint16_t{1};
    for (uint16_t i = 0; i < taken; ++i) step(last_used_, used_wrap_);
    used_flags_ = used.flags;
    return UsedEntry{used.id, used.length};
  }
  // Whether the element taken last said that the device wrote to the buffer.
  bool used_wrote() const { return (used_flags_ & descriptor_flag::kWrite) != 0; }
  uint16_t last_used() const { return last_used_; }
  bool used_wrap() const { return used_wrap_; }

  void set_driver_event(const PackedEvent& event) {
    ram_->write(layout_.driver_area,
                static_cast<uint16_t>(event.offset | (event.wrap ? 0x8000 : 0)));
    ram_->write(layout_.driver_area + 2, event.how);
  }
  PackedEvent device_event() const {
    const uint16_t position = *ram_->read<uint16_t>(layout_.device_area);
    return {static_cast<uint16_t>(position & 0x7fff), (position & 0x8000) != 0,
            *ram_->read<uint16_t>(layout_.device_area + 2)};
  }

 private:
  static uint16_t flags_of(const Piece& piece) {
    return piece.device_writes ? descriptor_flag::kWrite : 0;
  }

  void begin(uint16_t slots) {
    head_ = next_;
    id_ = next_id_;
    next_id_ = static_cast<uint16_t>((next_id_ + 1) % (2 * size()));
    slots_[id_] = slots;
    first_ = true;
  }
  void append(PackedDescriptor descriptor) {
    const auto flags = static_cast<uint16_t>(descriptor.flags | ready());
    if (first_) {
      head_flags_ = flags;
      descriptor.flags = static_cast<uint16_t>(descriptor.flags | (wrap_ ? kUsed : kAvail));
    } else {
      descriptor.flags = flags;
    }
    first_ = false;
    put(next_, descriptor);
    step(next_, wrap_);
  }
  void step(uint16_t& slot, bool& wrap) const {
    if (++slot < size()) return;
    slot = 0;
    wrap = !wrap;
  }

  GuestMemory* ram_;
  QueueLayout layout_;
  uint16_t next_ = 0, last_used_ = 0;
  bool wrap_ = true, used_wrap_ = true;
  uint16_t id_ = 0, next_id_ = 0;
  uint16_t head_ = 0, head_flags_ = 0;
  bool first_ = false;
  uint16_t used_flags_ = 0;
  std::map<uint16_t, uint16_t> slots_;  // by buffer id
};

}  // namespace vireo::testing
