// One virtio device's state as drivers see it through any interface: status machine,
// feature negotiation, queues, configuration generation (VirtIO 1.4 chapters 2 and 3).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "machine/base/event_queue.h"
#include "virtio/device.h"
#include "virtio/queue/ring_queue.h"
#include "virtio/watch.h"

namespace vireo {

// Which features of ring and transport are offered, and on which interfaces.
struct VirtioOffer {
  bool modern = true;
  bool legacy = true;
  bool event_idx = true;
  bool indirect_desc = true;
  bool packed = false;  // never on the legacy interface
  bool in_order = false;
  bool ring_reset = true;
  bool notification_data = false;
  bool notif_config_data = false;
};

// What the core asks of the bus binding.
class VirtioTransport {
 public:
  virtual ~VirtioTransport() = default;
  virtual void queue_interrupt(unsigned index) = 0;
  virtual void config_interrupt() = 0;
  // The driver reset the device: vectors unmapped, interrupts withdrawn.
  virtual void driver_reset() = 0;
  // Queue `index` was reset alone: its vector is unmapped.
  virtual void queue_reset(unsigned index) = 0;
  // Whether the device may touch guest memory (PCI: bus master).
  virtual bool dma_enabled() const = 0;
};

// What a driver programs for one queue.
struct VirtioQueueSetup {
  QueueLayout layout;       // layout.size is the size in use
  uint32_t legacy_pfn = 0;  // 0: not set up through the legacy interface
  bool enabled = false;
  bool kicked = false;  // work may be waiting
};

// Drives one VirtioDevice on behalf of one transport with one or two interfaces. Both
// interfaces see and change the same state; a driver's status or feature writes decide
// whose rules hold (the session).
//
// Kicks do not process a queue at once: they are remembered and served by an event at a
// later virtual time, in order of queue index. Everything is bounded by the device's
// number of queues and its work per call.
class VirtioCore final : public VirtioHost {
 public:
  // A legacy driver cannot choose a queue's size, and boot firmware with small fixed
  // rings refuses larger ones.
  static constexpr uint16_t kMaxLegacyQueueSize = 128;

  // `name` names the event in traces. All references must outlive the core.
  VirtioCore(std::string name, VirtioDevice& device, VirtioTransport& transport,
             const VirtioOffer& offer, GuestMemory& memory, EventQueue& events);

  VirtioDevice& device() { return device_; }
  const VirtioDevice& device() const { return device_; }

  // --- status and features ---
  uint8_t status() const { return status_; }
  // 0 resets; other bits only add. FEATURES_OK stays clear when the features do not do.
  void write_status(uint8_t value, VirtioInterface via);
  uint64_t offered_features(VirtioInterface via) const;
  uint64_t driver_features() const { return driver_features_; }
  // Replaces 32 bits of the driver's features: word 0 or 1, others are dropped. Ignored
  // once the features are fixed.
  void write_driver_features(uint32_t word, uint32_t value, VirtioInterface via);

  // --- queues ---
  unsigned queue_count() const { return static_cast<unsigned>(queues_.size()); }
  uint16_t queue_select() const { return queue_select_; }
  void write_queue_select(uint16_t index) { queue_select_ = index; }
  // The selected queue, or null when there is none of that number.
  const VirtioQueueSetup* selected() const;
  const RingQueue& ring(unsigned index) const { return queues_[index].ring; }
  const VirtioQueueSetup& queue_setup(unsigned index) const { return queues_[index].setup; }
  uint16_t legacy_queue_size(unsigned index) const;

  // Writes to the selected queue; dropped when there is none or it is enabled already.
  void write_queue_size(uint16_t size);
  void write_queue_addresses(GuestAddr descriptors, GuestAddr driver, GuestAddr device);
  void enable_queue();
  // Only with RING_RESET negotiated.
  void reset_queue();
  // The legacy way: a page number starts the queue there, 0 stops it.
  void write_legacy_pfn(uint32_t pfn);

  // A driver's notification: anything may be in `index`; `data` is the value written.
  void kick(unsigned index, VirtioInterface via = VirtioInterface::kModern, uint32_t data = 0);
  // What a driver writes to notify queue `index` where the value counts (section 4.1.5.2):
  // the index, or with NOTIF_CONFIG_DATA another number, so that a driver which does not
  // care shows. And back: the queue that such a value names.
  uint16_t notify_value(unsigned index) const;
  unsigned notified_queue(uint16_t value) const;
  // Tells `watch`, null for nobody, what the driver does from now on. Not owned.
  void set_watch(DriverWatch* watch);
  DriverWatch* watch() const { return watch_; }
  // For the interfaces: an access before it takes effect.
  void watch_access(const DriverAccess& access) {
    if (watch_ != nullptr) watch_->on_access(access);
  }

  // dma_enabled() changed: waiting work resumes.
  void dma_changed();

  // --- configuration space ---
  // `size` is at most 8; bytes past the end read as zero and drop writes.
  uint64_t read_config(uint64_t offset, unsigned size);
  void write_config(uint64_t offset, unsigned size, uint64_t value);
  // Differs from an earlier reading if the configuration changed between.
  uint8_t read_generation();

  // --- VirtioHost ---
  uint64_t features() const override;
  bool legacy_session() const override { return session_ == VirtioInterface::kLegacy; }
  GuestMemory& memory() override { return memory_; }
  void config_changed() override;
  void queue_ready(unsigned index) override;
  void device_failed(const std::string& why) override;

  // "kicks" (notifications that named a queue), "interrupts" (for used buffers), "requests"
  // (chains answered), then what the device counts.
  void for_each_counter(const CounterVisitor& visit) const;

  // The device stopped because a driver broke the rules; only a reset helps.
  bool broken() const { return broken_; }
  // Everything to its state before any driver came, without telling the transport.
  void reset();
  void visit(Archive& archive);

 private:
  struct Queue {
    Queue(GuestMemory& memory, uint16_t max) : ring(memory), max_size(max) {}
    VirtioQueueSetup setup;
    RingQueue ring;
    uint16_t max_size;
  };

  Queue* selected_queue();
  RingFeatures ring_features() const;
  void apply_ring_features();
  void enter_session(VirtioInterface via);
  void stop_queue(Queue& queue);
  void stop_queue_alone(unsigned index);
  void start_ring(VirtioInterface via, unsigned index);
  bool size_possible(const Queue& queue, uint16_t size) const;
  bool features_fixed() const;
  bool features_acceptable() const;
  void start_driver();
  bool live() const;
  bool runnable(const Queue& queue) const;
  void request_service(Queue& queue);
  void service();
  void service_queue(unsigned index);
  void visit_queue(Archive& archive, Queue& queue);

  std::string name_;
  DriverWatch* watch_ = nullptr;
  VirtioDevice& device_;
  VirtioTransport& transport_;
  VirtioOffer offer_;
  GuestMemory& memory_;
  Event service_event_;

  VirtioInterface session_ = VirtioInterface::kModern;
  uint8_t status_ = 0;
  bool broken_ = false;
  uint64_t driver_features_ = 0;
  uint16_t queue_select_ = 0;
  uint8_t generation_ = 0;
  uint64_t kicks_ = 0;
  uint64_t interrupts_ = 0;
  bool config_observed_ = false;  // a driver may have read what is now the old configuration
  std::vector<Queue> queues_;
};

}  // namespace vireo
