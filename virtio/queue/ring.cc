#include "virtio/queue/ring.h"

#include <fmt/format.h>

namespace vireo {
namespace {

constexpr uint32_t kMaxFailureText = 256;

}  // namespace

bool ring_area_ok(GuestAddr base, uint64_t bytes, uint64_t alignment) {
  return base.value % alignment == 0 && base.checked_add(bytes).has_value();
}

void Ring::start(const QueueLayout& layout, const RingFeatures& features) {
  stop();
  layout_ = layout;
  features_ = features;
  started_ = true;
}

void Ring::stop() {
  clear_failure();
  layout_ = {};
  started_ = false;
  in_flight_.clear();
  unpublished_ = 0;
  seen_before_ = 0;
  forget_indices();
}

void Ring::set_watch(DriverWatch* watch, unsigned index) {
  watch_ = watch;
  index_ = index;
}

void Ring::push(const DescriptorChain& chain, uint32_t written) {
  if (!in_flight_.answer(chain.id(), written)) return;
  ++answered_;
  while (const auto next = in_flight_.take_answered(features_.in_order)) {
    write_used(*next);
    ++unpublished_;
  }
}

bool Ring::publish() {
  if (unpublished_ == 0) return false;
  const bool interrupt = publish_used();
  if (watch_ != nullptr) watch_->on_used(index_, unpublished_, interrupt);
  unpublished_ = 0;
  return interrupt;
}

bool Ring::usable_or_fail() {
  if (!started_ || failed()) return false;
  if (layout_ok()) return true;
  fail(fmt::format("queue of {} descriptors at {:#x}, {:#x}, {:#x} is misplaced", layout_.size,
                   layout_.descriptors.value, layout_.driver_area.value,
                   layout_.device_area.value));
  return false;
}

bool Ring::is_news() {
  if (seen_before_ == 0) return watch_ != nullptr;
  --seen_before_;
  return false;
}

void Ring::report(WatchedChain chain, std::span<const WatchedDescriptor> descriptors) {
  chain.queue = index_;
  chain.packed = features_.packed;
  chain.descriptors = descriptors;
  watch_->on_chain(chain);
}

void Ring::fail_outside(GuestAddr addr) {
  fail(fmt::format("ring at {:#x} is not RAM", addr.value));
}

void Ring::visit(Archive& archive) {
  archive.io(layout_.size);
  archive.io(layout_.descriptors);
  archive.io(layout_.driver_area);
  archive.io(layout_.device_area);
  archive.io(features_.event_idx);
  archive.io(features_.indirect);
  archive.io(features_.notify_on_empty);
  archive.io(features_.in_order);
  archive.io(started_);
  in_flight_.visit(archive);
  archive.io(unpublished_);
  visit_indices(archive);
  archive.io(failure_text(), kMaxFailureText);
}

}  // namespace vireo
