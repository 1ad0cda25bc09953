#include "virtio/queue/split_queue.h"

#include <fmt/format.h>

#include <bit>

#include "virtio/queue/split_chain.h"

namespace vireo {
namespace {

constexpr uint16_t kAvailNoInterrupt = 1;
constexpr uint16_t kUsedNoNotify = 1;
constexpr uint32_t kMaxFailureText = 256;

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

bool area_ok(GuestAddr base, uint64_t bytes, uint64_t alignment) {
  return base.value % alignment == 0 && base.checked_add(bytes).has_value();
}

// Alignments of section 2.7. That the areas are RAM is noticed by each access.
bool layout_ok(const QueueLayout& q) {
  return std::has_single_bit(q.size) && q.size <= 32768 &&
         area_ok(q.descriptors, split_table_bytes(q.size), 16) &&
         area_ok(q.driver_area, split_avail_bytes(q.size), 2) &&
         area_ok(q.device_area, split_used_bytes(q.size), 4);
}

}  // namespace

void SplitQueue::start(const QueueLayout& layout, const RingFeatures& features) {
  stop();
  layout_ = layout;
  features_ = features;
  started_ = true;
}

void SplitQueue::stop() {
  clear_failure();
  layout_ = {};
  started_ = false;
  next_avail_ = next_used_ = published_used_ = in_flight_ = 0;
}

template <typename T>
std::optional<T> SplitQueue::load(GuestAddr addr) {
  const auto value = memory_.read<T>(addr);
  if (!value) fail(fmt::format("ring at {:#x} is not RAM", addr.value));
  return value;
}

template <typename T>
void SplitQueue::store(GuestAddr addr, T value) {
  if (!memory_.write(addr, value)) fail(fmt::format("ring at {:#x} is not RAM", addr.value));
}

std::optional<uint16_t> SplitQueue::read_avail_idx() {
  if (!started_ || failed()) return std::nullopt;
  if (!layout_ok(layout_)) {
    fail(fmt::format("queue of {} descriptors at {:#x}, {:#x}, {:#x} is misplaced", layout_.size,
                     layout_.descriptors.value, layout_.driver_area.value,
                     layout_.device_area.value));
    return std::nullopt;
  }
  return load<uint16_t>(avail_idx(layout_));
}

std::optional<DescriptorChain> SplitQueue::pop() {
  const auto idx = read_avail_idx();
  if (!idx) return std::nullopt;
  const uint16_t waiting = static_cast<uint16_t>(*idx - next_avail_);
  if (waiting == 0) return std::nullopt;
  // Chains in flight still occupy descriptors, so both together must fit the ring.
  if (uint32_t{waiting} + in_flight_ > layout_.size) {
    fail(fmt::format("avail.idx {} is {} ahead of a ring of {} with {} in flight", *idx, waiting,
                     layout_.size, in_flight_));
    return std::nullopt;
  }
  return take_head();
}

std::optional<DescriptorChain> SplitQueue::take_head() {
  const auto head = load<uint16_t>(avail_entry(layout_, next_avail_));
  if (!head) return std::nullopt;
  Result<DescriptorChain> chain = walk_split_chain(memory_, layout_, features_, *head);
  if (!chain) {
    fail(fmt::format("head {}: {}", *head, chain.error().message));
    return std::nullopt;
  }
  ++next_avail_;
  ++in_flight_;
  return std::move(chain).value();
}

void SplitQueue::unpop(const DescriptorChain& /*chain*/) {
  --next_avail_;
  --in_flight_;
}

void SplitQueue::push(const DescriptorChain& chain, uint32_t written) {
  store(used_entry(layout_, next_used_), UsedElement{chain.id(), written});
  ++next_used_;
  --in_flight_;
}

// Section 2.7.8.2: data and elements first, then the index, then the decision.
bool SplitQueue::publish() {
  if (published_used_ == next_used_) return false;
  store(used_idx(layout_), next_used_);
  const uint16_t old = published_used_;
  published_used_ = next_used_;
  return wants_interrupt(old, next_used_);
}

bool SplitQueue::wants_interrupt(uint16_t old_used, uint16_t new_used) {
  if (features_.notify_on_empty && in_flight_ == 0 &&
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
  if (!started_ || failed() || features_.event_idx || !layout_ok(layout_)) return;
  store(used_flags(layout_), kUsedNoNotify);
}

bool SplitQueue::request_kicks() {
  if (!started_ || failed() || !layout_ok(layout_)) return false;
  if (features_.event_idx) {
    store(avail_event(layout_), next_avail_);
  } else {
    store(used_flags(layout_), uint16_t{0});
  }
  const auto idx = read_avail_idx();
  return idx && *idx != next_avail_;
}

void SplitQueue::visit(Archive& archive) {
  archive.io(layout_.size);
  archive.io(layout_.descriptors);
  archive.io(layout_.driver_area);
  archive.io(layout_.device_area);
  archive.io(features_.event_idx);
  archive.io(features_.indirect);
  archive.io(features_.notify_on_empty);
  archive.io(started_);
  archive.io(next_avail_);
  archive.io(next_used_);
  archive.io(published_used_);
  archive.io(in_flight_);
  archive.io(failure_text(), kMaxFailureText);
}

QueueLayout legacy_split_layout(uint32_t pfn, uint16_t size) {
  const GuestAddr table{uint64_t{pfn} * kPageSize};
  const GuestAddr avail = table + split_table_bytes(size);
  const GuestAddr avail_end = avail + split_avail_bytes(size);
  return {size, table, avail, GuestAddr{(avail_end.value + kPageMask) & ~kPageMask}};
}

}  // namespace vireo
