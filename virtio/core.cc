#include "virtio/core.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "machine/base/trace_event.h"

namespace vireo {
namespace {

using namespace virtio_status;

constexpr uint8_t kDriverBits = kAcknowledge | kDriver | kDriverOk | kFeaturesOk | kFailed;
constexpr uint32_t kMaxConfig = 256;

}  // namespace

VirtioCore::VirtioCore(std::string name, VirtioDevice& device, VirtioTransport& transport,
                       const VirtioOffer& offer, GuestMemory& memory, EventQueue& events)
    : name_(std::move(name)),
      device_(device),
      transport_(transport),
      offer_(offer),
      memory_(memory),
      service_event_(events, name_ + " service", [this] { service(); }) {
  queues_.reserve(device.queue_count());
  for (unsigned i = 0; i < device.queue_count(); ++i) {
    queues_.emplace_back(memory, device.max_queue_size(i));
  }
  device_.attach(*this);
  reset();
}

void VirtioCore::reset() {
  service_event_.cancel();
  status_ = 0;
  broken_ = false;
  driver_features_ = 0;
  enter_session(VirtioInterface::kModern);
  queue_select_ = 0;
  generation_ = 0;
  config_observed_ = false;
  for (Queue& queue : queues_) stop_queue(queue);
  device_.reset();
}

// --- status and features ---

void VirtioCore::write_status(uint8_t value, VirtioInterface via) {
  if (TraceEvents::on(LogItem::kVirtio)) {
    TraceEvents::tell(LogItem::kVirtio, "virtio_status",
                      {TraceField::word("device", name_), TraceField::hex("before", status_),
                       TraceField::hex("written", value)});
  }
  if (value == 0) {
    if (watch_ != nullptr) watch_->on_reset(DriverReset::kStatus);
    reset();
    transport_.driver_reset();
    return;
  }
  enter_session(via);
  uint8_t added = static_cast<uint8_t>(value & kDriverBits & ~status_);
  if (via == VirtioInterface::kModern) {
    if ((added & kFeaturesOk) && !features_acceptable()) added &= ~kFeaturesOk;
    if (!((status_ | added) & kFeaturesOk)) added &= ~kDriverOk;
  } else {
    added &= ~kFeaturesOk;  // the legacy interface has no such step
  }
  const uint8_t before = status_;
  status_ |= added;
  if (watch_ != nullptr) watch_->on_status(via, before, value, status_);
  if (added & kFeaturesOk) apply_ring_features();
  if (added & kDriverOk) start_driver();
}

uint64_t VirtioCore::offered_features(VirtioInterface via) const {
  using namespace virtio_feature;
  uint64_t bits = device_.device_features();
  if (offer_.event_idx) bits |= kEventIdx;
  if (offer_.indirect_desc) bits |= kIndirectDesc;
  if (via == VirtioInterface::kLegacy) {
    return (bits & UINT32_MAX) | kNotifyOnEmpty | kAnyLayout | kBadFeature;
  }
  bits |= kVersion1;
  if (offer_.packed) bits |= kRingPacked;
  if (offer_.in_order) bits |= kInOrder;
  if (offer_.ring_reset) bits |= kRingReset;
  if (offer_.notification_data) bits |= kNotificationData;
  if (offer_.notif_config_data) bits |= kNotifConfigData;
  return bits;
}

uint64_t VirtioCore::features() const {
  const uint64_t bits = driver_features_ & offered_features(session_);
  // A driver that acknowledges bit 30 copies the offer without understanding it (6.3).
  if (legacy_session() && (bits & virtio_feature::kBadFeature)) return 0;
  return bits;
}

// The features in force depend on whose rules hold.
void VirtioCore::enter_session(VirtioInterface via) {
  session_ = via;
  apply_ring_features();
}

bool VirtioCore::features_fixed() const {
  return (status_ & (legacy_session() ? kDriverOk : kFeaturesOk)) != 0;
}

bool VirtioCore::features_acceptable() const {
  if (driver_features_ & ~offered_features(VirtioInterface::kModern)) return false;
  if (!(driver_features_ & virtio_feature::kVersion1)) return false;
  return device_.accepts_features(driver_features_);
}

void VirtioCore::write_driver_features(uint32_t word, uint32_t value, VirtioInterface via) {
  if (watch_ != nullptr) watch_->on_features(via, word, value);
  if (TraceEvents::on(LogItem::kVirtio)) {
    TraceEvents::tell(LogItem::kVirtio, "virtio_features",
                      {TraceField::word("device", name_), TraceField::count("word", word),
                       TraceField::hex("value", value)});
  }
  if (word > 1 || features_fixed()) return;
  enter_session(via);
  const unsigned shift = 32 * word;
  driver_features_ &= ~(uint64_t{UINT32_MAX} << shift);
  driver_features_ |= uint64_t{value} << shift;
  apply_ring_features();
}

RingFeatures VirtioCore::ring_features() const {
  using namespace virtio_feature;
  const uint64_t bits = features();
  RingFeatures ring;
  ring.event_idx = (bits & kEventIdx) != 0;
  ring.indirect = (bits & kIndirectDesc) != 0;
  ring.notify_on_empty = (bits & kNotifyOnEmpty) != 0;
  ring.packed = (bits & kRingPacked) != 0;
  ring.in_order = (bits & kInOrder) != 0;
  ring.max_indirect = device_.max_indirect();
  return ring;
}

void VirtioCore::apply_ring_features() {
  for (Queue& queue : queues_) queue.ring.set_features(ring_features());
}

// Kicks from before DRIVER_OK count: every queue is looked at (2.1.2).
void VirtioCore::start_driver() {
  apply_ring_features();
  for (Queue& queue : queues_) {
    if (queue.setup.enabled) request_service(queue);
  }
}

// --- queues ---

VirtioCore::Queue* VirtioCore::selected_queue() {
  return queue_select_ < queues_.size() ? &queues_[queue_select_] : nullptr;
}

const VirtioQueueSetup* VirtioCore::selected() const {
  return queue_select_ < queues_.size() ? &queues_[queue_select_].setup : nullptr;
}

uint16_t VirtioCore::legacy_queue_size(unsigned index) const {
  return index < queues_.size() ? std::min(queues_[index].max_size, kMaxLegacyQueueSize) : 0;
}

void VirtioCore::stop_queue(Queue& queue) {
  queue.setup = {};
  queue.setup.layout.size = queue.max_size;
  queue.ring.stop();
}

// Section 2.6.1: the queue is reset without the device.
void VirtioCore::stop_queue_alone(unsigned index) {
  stop_queue(queues_[index]);
  device_.queue_stopped(index);
}

// A split ring's size is a power of two (2.7), a packed one's any number (2.8).
bool VirtioCore::size_possible(const Queue& queue, uint16_t size) const {
  if (size == 0 || size > queue.max_size) return false;
  return std::has_single_bit(size) || (features() & virtio_feature::kRingPacked);
}

void VirtioCore::write_queue_size(uint16_t size) {
  if (watch_ != nullptr) watch_->on_queue_size(queue_select_, size);
  Queue* queue = selected_queue();
  if (queue == nullptr || queue->setup.enabled) return;
  if (size_possible(*queue, size)) queue->setup.layout.size = size;
}

void VirtioCore::write_queue_addresses(GuestAddr descriptors, GuestAddr driver, GuestAddr device) {
  Queue* queue = selected_queue();
  if (queue == nullptr || queue->setup.enabled) return;
  const uint16_t size = queue->setup.layout.size;
  queue->setup.layout = {size, descriptors, driver, device};
}

void VirtioCore::start_ring(VirtioInterface via, unsigned index) {
  Queue& queue = queues_[index];
  if (watch_ != nullptr) watch_->on_queue_enabled(via, index, queue.setup.layout);
  if (TraceEvents::on(LogItem::kVirtio)) {
    TraceEvents::tell(LogItem::kVirtio, "virtio_queue",
                      {TraceField::word("device", name_), TraceField::count("queue", index),
                       TraceField::count("size", queue.setup.layout.size),
                       TraceField::hex("descriptors", queue.setup.layout.descriptors.value)});
  }
  queue.setup.enabled = true;
  queue.ring.start(queue.setup.layout, ring_features());
}

void VirtioCore::enable_queue() {
  Queue* queue = selected_queue();
  if (queue == nullptr || queue->setup.enabled) return;
  start_ring(VirtioInterface::kModern, queue_select_);
  // Enabled late, after a reset of this queue alone: buffers may already wait.
  if (live()) request_service(*queue);
}

void VirtioCore::reset_queue() {
  if (watch_ != nullptr) watch_->on_queue_reset(queue_select_);
  if (selected_queue() == nullptr || !(features() & virtio_feature::kRingReset)) return;
  stop_queue_alone(queue_select_);
  transport_.queue_reset(queue_select_);
}

void VirtioCore::write_legacy_pfn(uint32_t pfn) {
  Queue* queue = selected_queue();
  if (queue == nullptr) return;
  enter_session(VirtioInterface::kLegacy);
  stop_queue_alone(queue_select_);
  if (pfn == 0) return;
  queue->setup.layout = legacy_split_layout(pfn, legacy_queue_size(queue_select_));
  queue->setup.legacy_pfn = pfn;
  start_ring(VirtioInterface::kLegacy, queue_select_);
}

void VirtioCore::set_watch(DriverWatch* watch) {
  watch_ = watch;
  for (unsigned i = 0; i < queues_.size(); ++i) queues_[i].ring.set_watch(watch, i);
}

// --- service ---

// A legacy driver may use queues before DRIVER_OK (3.1.2), a modern one may not (2.1.2).
bool VirtioCore::live() const { return !broken_ && (legacy_session() || (status_ & kDriverOk)); }

bool VirtioCore::runnable(const Queue& queue) const {
  return queue.setup.kicked && queue.setup.enabled && live() && transport_.dma_enabled();
}

uint16_t VirtioCore::notify_value(unsigned index) const {
  constexpr uint16_t kDistinct = 0x4000;
  const bool own_values = (features() & virtio_feature::kNotifConfigData) != 0;
  return static_cast<uint16_t>(own_values ? index ^ kDistinct : index);
}

unsigned VirtioCore::notified_queue(uint16_t value) const {
  return notify_value(value);  // its own inverse
}

void VirtioCore::kick(unsigned index, VirtioInterface via, uint32_t data) {
  if (watch_ != nullptr) watch_->on_kick(via, index, data);
  if (index >= queues_.size()) return;
  ++kicks_;
  if (TraceEvents::on(LogItem::kVirtio)) {
    TraceEvents::tell(LogItem::kVirtio, "virtio_kick",
                      {TraceField::word("device", name_), TraceField::count("queue", index)});
  }
  if (queues_[index].setup.enabled) request_service(queues_[index]);
}

void VirtioCore::queue_ready(unsigned index) {
  if (index < queues_.size() && queues_[index].setup.enabled) request_service(queues_[index]);
}

void VirtioCore::request_service(Queue& queue) {
  if (queue.setup.kicked && service_event_.pending()) return;
  queue.setup.kicked = true;
  if (!runnable(queue)) return;
  queue.ring.ring().suppress_kicks();
  if (!service_event_.pending()) service_event_.schedule_in(device_.kick_delay_ns());
}

void VirtioCore::dma_changed() {
  for (Queue& queue : queues_) {
    if (runnable(queue)) request_service(queue);
  }
}

void VirtioCore::service() {
  for (unsigned i = 0; i < queues_.size(); ++i) {
    if (runnable(queues_[i])) service_queue(i);
  }
}

void VirtioCore::service_queue(unsigned index) {
  Queue& queue = queues_[index];
  queue.setup.kicked = false;
  Ring& ring = queue.ring.ring();
  QueueWork work = device_.process_queue(index, ring);
  const unsigned chains = ring.unpublished();
  const bool interrupt = ring.publish();
  if (chains != 0 && TraceEvents::on(LogItem::kVirtio)) {
    TraceEvents::tell(LogItem::kVirtio, "virtio_used",
                      {TraceField::word("device", name_), TraceField::count("queue", index),
                       TraceField::count("chains", chains),
                       TraceField::count("interrupt", interrupt ? 1 : 0)});
  }
  if (work == QueueWork::kDrained && ring.request_kicks()) work = QueueWork::kMore;
  if (interrupt) {
    ++interrupts_;
    transport_.queue_interrupt(index);
  }
  if (ring.failed()) {
    device_failed(ring.failure());
  } else if (work == QueueWork::kMore) {
    request_service(queue);
  }
}

// Section 2.1.2: the driver is told by NEEDS_RESET and a configuration interrupt. The
// legacy interface has no such bit; there the device just stops.
void VirtioCore::device_failed(const std::string& why) {
  Log::print(LogItem::kGuestErrors, "{}: {}", name_, why);
  if (broken_) return;
  if (watch_ != nullptr) watch_->on_failure(why);
  broken_ = true;
  service_event_.cancel();
  if (legacy_session()) return;
  status_ |= kNeedsReset;
  if (status_ & kDriverOk) transport_.config_interrupt();
}

// --- configuration space ---

uint64_t VirtioCore::read_config(uint64_t offset, unsigned size) {
  std::array<std::byte, kMaxConfig> bytes{};
  const uint32_t length = std::min(device_.config_size(), kMaxConfig);
  device_.read_config(std::span(bytes).first(length));
  config_observed_ = true;
  uint64_t value = 0;
  if (offset < length) {
    std::memcpy(&value, bytes.data() + offset, std::min<uint64_t>(size, length - offset));
  }
  return value;
}

void VirtioCore::write_config(uint64_t offset, unsigned size, uint64_t value) {
  const uint32_t length = device_.config_size();
  if (offset >= length) return;
  std::array<std::byte, 8> bytes;
  std::memcpy(bytes.data(), &value, sizeof value);
  const size_t inside = std::min<uint64_t>(size, length - offset);
  device_.write_config(static_cast<uint32_t>(offset), std::span(bytes).first(inside));
}

uint8_t VirtioCore::read_generation() {
  config_observed_ = true;
  return generation_;
}

// One step per change that somebody may have seen half of, so that changes nobody looks
// at cannot wrap the counter back to a value a driver remembers.
void VirtioCore::config_changed() {
  if (config_observed_) ++generation_;
  config_observed_ = false;
  if (status_ & kDriverOk) transport_.config_interrupt();
}

void VirtioCore::for_each_counter(const CounterVisitor& visit) const {
  uint64_t requests = 0;
  for (const Queue& queue : queues_) requests += queue.ring.answered();
  visit("kicks", kicks_);
  visit("interrupts", interrupts_);
  visit("requests", requests);
  device_.for_each_counter(visit);
}

// --- snapshot ---

void VirtioCore::visit_queue(Archive& archive, Queue& queue) {
  VirtioQueueSetup& setup = queue.setup;
  archive.io(setup.layout.size);
  archive.io(setup.layout.descriptors);
  archive.io(setup.layout.driver_area);
  archive.io(setup.layout.device_area);
  archive.io(setup.legacy_pfn);
  archive.io(setup.enabled);
  archive.io(setup.kicked);
  queue.ring.visit(archive);
  if (!size_possible(queue, setup.layout.size)) {
    archive.fail();
    stop_queue(queue);
  }
}

void VirtioCore::visit(Archive& archive) {
  archive.io(session_);
  archive.io(status_);
  archive.io(broken_);
  archive.io(driver_features_);
  archive.io(queue_select_);
  archive.io(generation_);
  archive.io(config_observed_);
  for (Queue& queue : queues_) visit_queue(archive, queue);
  service_event_.visit(archive);
  device_.visit(archive);
  if (!archive.saving()) apply_ring_features();
}

}  // namespace vireo
