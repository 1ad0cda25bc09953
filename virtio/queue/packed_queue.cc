#include "virtio/queue/packed_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace vireo {
namespace {

using namespace descriptor_flag;

// Event suppression (section 2.8.10): where in the ring, with the wrap counter in the top
// bit; then how.
struct EventSuppression {
  uint16_t position;
  uint16_t how;
};
constexpr uint16_t kEventsOn = 0;
constexpr uint16_t kEventsOff = 1;
constexpr uint16_t kEventsAtDescriptor = 2;
constexpr uint16_t kHowMask = 3;
constexpr uint16_t kWrapBit = 1 << 15;

constexpr unsigned kFlagsAt = 14;  // within a descriptor
constexpr unsigned kHowAt = 2;     // within an event suppression structure

}  // namespace

bool PackedQueue::layout_ok() const {
  const QueueLayout& q = layout_;
  return q.size != 0 && q.size <= kMaxRingSize &&
         ring_area_ok(q.descriptors, packed_ring_bytes(q.size), 16) &&
         ring_area_ok(q.driver_area, kPackedEventBytes, 4) &&
         ring_area_ok(q.device_area, kPackedEventBytes, 4);
}

uint16_t PackedQueue::slot(uint32_t position) const {
  return static_cast<uint16_t>(wrap(position) ? position : position - layout_.size);
}

uint32_t PackedQueue::advanced(uint32_t position, uint32_t by) const {
  const uint32_t laps = 2 * uint32_t{layout_.size};
  return (position + by) % laps;
}

GuestAddr PackedQueue::descriptor_at(uint32_t position) const {
  return layout_.descriptors + uint64_t{16} * slot(position);
}

std::optional<PackedDescriptor> PackedQueue::available() {
  if (!usable_or_fail()) return std::nullopt;
  const auto descriptor = load<PackedDescriptor>(descriptor_at(next_avail_));
  if (!descriptor) return std::nullopt;
  const bool avail = (descriptor->flags & kAvail) != 0;
  const bool used = (descriptor->flags & kUsed) != 0;
  const bool ready = avail == wrap(next_avail_) && used != wrap(next_avail_);
  return ready ? descriptor : std::nullopt;
}

std::optional<DescriptorChain> PackedQueue::pop() {
  const auto first = available();
  if (!first) return std::nullopt;
  Result<PackedChain> walked = walk(*first);
  if (!walked) {
    fail(fmt::format("descriptor {}: {}", next_avail(), walked.error().message));
    return std::nullopt;
  }
  next_avail_ = advanced(next_avail_, walked->slots);
  in_flight_.add(walked->chain.id(), walked->slots);
  return std::move(walked->chain);
}

Result<PackedChain> PackedQueue::walk(const PackedDescriptor& first) {
  const uint32_t room = layout_.size - in_flight_.slots();
  if (!is_news()) return walk_packed_chain(memory_, layout_, features_, next_avail(), first, room);
  std::vector<WatchedDescriptor> seen;
  auto chain = walk_packed_chain(memory_, layout_, features_, next_avail(), first, room, &seen);
  WatchedChain watched;
  watched.ring_position = next_avail();
  if (!chain) watched.failure = chain.error().message;
  report(std::move(watched), seen);
  return chain;
}

void PackedQueue::unpop(const DescriptorChain& /*chain*/) {
  const auto last = in_flight_.remove_last();
  if (!last) return;
  next_avail_ = advanced(next_avail_, 2 * uint32_t{layout_.size} - last->slots);
  taken_back();
}

// The driver reads used descriptors in order, so those behind the first of a batch may be
// complete at once: it meets them only when publish_used has turned the first one over.
void PackedQueue::write_used(const InFlight::Chain& chain) {
  const uint16_t wrap_flags = wrap(next_used_) ? kAvail | kUsed : 0;
  const auto flags = static_cast<uint16_t>(wrap_flags | (chain.written > 0 ? kWrite : 0));
  const GuestAddr at = descriptor_at(next_used_);
  store(at + 8, chain.written);
  store(at + 12, chain.id);
  if (next_used_ == published_used_) {
    head_flags_ = flags;
  } else {
    store(at + kFlagsAt, flags);
  }
  next_used_ = advanced(next_used_, chain.slots);
}

bool PackedQueue::publish_used() {
  store(descriptor_at(published_used_) + kFlagsAt, head_flags_);
  const uint32_t old = published_used_;
  published_used_ = next_used_;
  return wants_interrupt(old, next_used_);
}

bool PackedQueue::wants_interrupt(uint32_t old_used, uint32_t new_used) {
  const auto event = load<EventSuppression>(layout_.driver_area);
  if (!event) return false;
  const uint16_t how = event->how & kHowMask;
  if (how == kEventsOff) return false;
  if (how != kEventsAtDescriptor || !features_.event_idx) return true;
  // Whether the batch covered the descriptor that the driver named. An offset past the
  // ring's end is somewhere too.
  const uint32_t offset = event->position & (kWrapBit - 1);
  const uint32_t named = advanced(offset, (event->position & kWrapBit) ? 0 : layout_.size);
  const uint32_t laps = 2 * uint32_t{layout_.size};
  return advanced(named, laps - old_used) < advanced(new_used, laps - old_used);
}

void PackedQueue::suppress_kicks() {
  if (usable()) store(layout_.device_area + kHowAt, kEventsOff);
}

bool PackedQueue::request_kicks() {
  if (!usable()) return false;
  if (features_.event_idx) {
    const uint16_t wrap_bit = avail_wrap() ? kWrapBit : 0;
    store(layout_.device_area, static_cast<uint16_t>(next_avail() | wrap_bit));
    store(layout_.device_area + kHowAt, kEventsAtDescriptor);
  } else {
    store(layout_.device_area + kHowAt, kEventsOn);
  }
  return available().has_value();
}

void PackedQueue::visit_indices(Archive& archive) {
  archive.io(next_avail_);
  archive.io(next_used_);
  archive.io(published_used_);
  archive.io(head_flags_);
  const uint32_t laps = 2 * uint32_t{layout_.size};
  const bool fits = std::max({next_avail_, next_used_, published_used_}) < std::max(laps, 1u);
  if (fits && in_flight_.slots() <= layout_.size) return;
  archive.fail();
  stop();
}

}  // namespace vireo
