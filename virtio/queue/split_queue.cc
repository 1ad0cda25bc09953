#include "virtio/queue/split_queue.h"

#include <fmt/format.h>

#include <bit>
#include <utility>
#include <vector>

#include "virtio/queue/split_chain.h"

namespace vireo {
namespace {

constexpr uint16_t kAvailNoInterrupt = 1;
constexpr uint16_t kUsedNoNotify = 1;

// Field addresses, from section 2.7.6 and 2.7.8.
GuestAddr avail_flags(const QueueLayout& q) { return q.driver_area; }
GuestAddr avail_idx(const QueueLayout& q) { return q.driver_area + 2; }
GuestAddr avail_entry(const QueueLayout& q, uint16_t index) {
  return q.driver_area + 4 + 2 * uint64_t{static_cast<uint16_t>(index % q.size)};
}
GuestAddr used_event(const QueueLayout& q) { return q.driver_area + 4 + uint64_t{2} * q.size; }
GuestAddr used_flags(const QueueLayout& q) { return q.device_area; }
GuestAddr used_idx(const QueueLayout& q) { return q.device_area + 2; }
GuestAddr used_entry(const QueueLayout& q, uint16_t index) {
  return q.device_area + 4 + 8 * uint64_t{static_cast<uint16_t>(index % q.size)};
}
GuestAddr avail_event(const QueueLayout& q) { return q.device_area + 4 + uint64_t{8} * q.size; }

struct UsedElement {
  uint32_t id;
  uint32_t length;
};

}  // namespace

// Alignments of section 2.7.
bool SplitQueue::layout_ok() const {
  const QueueLayout& q = layout_;
  return std::has_single_bit(q.size) && q.size <= kMaxRingSize &&
         ring_area_ok(q.descriptors, split_table_bytes(q.size), 16) &&
         ring_area_ok(q.driver_area, split_avail_bytes(q.size), 2) &&
         ring_area_ok(q.device_area, split_used_bytes(q.size), 4);
}

std::optional<uint16_t> SplitQueue::read_avail_idx() {
  if (!usable_or_fail()) return std::nullopt;
  return load<uint16_t>(avail_idx(layout_));
}

std::optional<DescriptorChain> SplitQueue::pop() {
  const auto idx = read_avail_idx();
  if (!idx) return std::nullopt;
  const uint16_t waiting = static_cast<uint16_t>(*idx - next_avail_);
  if (waiting == 0) return std::nullopt;
  // Chains in flight still occupy descriptors, so both together must fit the ring.
  if (waiting + in_flight_.chains() > layout_.size) {
    fail(fmt::format("avail.idx {} is {} ahead of a ring of {} with {} in flight", *idx, waiting,
                     layout_.size, in_flight_.chains()));
    return std::nullopt;
  }
  return take_head();
}

std::optional<DescriptorChain> SplitQueue::take_head() {
  const auto head = load<uint16_t>(avail_entry(layout_, next_avail_));
  if (!head) return std::nullopt;
  Result<DescriptorChain> chain = walk(*head);
  if (!chain) {
    fail(fmt::format("head {}: {}", *head, chain.error().message));
    return std::nullopt;
  }
  ++next_avail_;
  in_flight_.add(*head, 1);
  return std::move(chain).value();
}

Result<DescriptorChain> SplitQueue::walk(uint16_t head) {
  if (!is_news()) return walk_split_chain(memory_, layout_, features_, head);
  std::vector<WatchedDescriptor> seen;
  auto chain = walk_split_chain(memory_, layout_, features_, head, &seen);
  WatchedChain watched;
  watched.ring_position = static_cast<uint16_t>(next_avail_ % layout_.size);
  if (!chain) watched.failure = chain.error().message;
  report(std::move(watched), seen);
  return chain;
}

void SplitQueue::unpop(const DescriptorChain& /*chain*/) {
  if (!in_flight_.remove_last()) return;
  --next_avail_;
  taken_back();
}

void SplitQueue::write_used(const InFlight::Chain& chain) {
  store(used_entry(layout_, next_used_), UsedElement{chain.id, chain.written});
  ++next_used_;
}

// Section 2.7.8.2: data and elements first, then the index, then the decision.
bool SplitQueue::publish_used() {
  store(used_idx(layout_), next_used_);
  const uint16_t old = published_used_;
  published_used_ = next_used_;
  return wants_interrupt(old, next_used_);
}

bool SplitQueue::wants_interrupt(uint16_t old_used, uint16_t new_used) {
  if (features_.notify_on_empty && in_flight_.empty() &&
      memory_.read<uint16_t>(avail_idx(layout_)) == next_avail_) {
    return true;
  }
  if (!features_.event_idx) {
    const auto flags = load<uint16_t>(avail_flags(layout_));
    return flags && !(*flags & kAvailNoInterrupt);
  }
  // Section 2.7.10: whether the batch passed the index the driver named.
  const auto event = load<uint16_t>(used_event(layout_));
  if (!event) return false;
  return static_cast<uint16_t>(new_used - *event - 1) < static_cast<uint16_t>(new_used - old_used);
}

void SplitQueue::suppress_kicks() {
  // With EVENT_IDX an avail_event that stays behind has the same effect.
  if (features_.event_idx || !usable()) return;
  store(used_flags(layout_), kUsedNoNotify);
}

bool SplitQueue::request_kicks() {
  if (!usable()) return false;
  if (features_.event_idx) {
    store(avail_event(layout_), next_avail_);
  } else {
    store(used_flags(layout_), uint16_t{0});
  }
  const auto idx = read_avail_idx();
  return idx && *idx != next_avail_;
}

void SplitQueue::visit_indices(Archive& archive) {
  archive.io(next_avail_);
  archive.io(next_used_);
  archive.io(published_used_);
}

QueueLayout legacy_split_layout(uint32_t pfn, uint16_t size) {
  const GuestAddr table{uint64_t{pfn} * kPageSize};
  const GuestAddr avail = table + split_table_bytes(size);
  const GuestAddr avail_end = avail + split_avail_bytes(size);
  return {size, table, avail, GuestAddr{(avail_end.value + kPageMask) & ~kPageMask}};
}

}  // namespace vireo
