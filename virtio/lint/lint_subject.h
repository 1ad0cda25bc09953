// What the driver lint may ask about the device whose driver it watches.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "machine/base/guest_memory.h"
#include "virtio/queue/virtqueue.h"
#include "virtio/watch.h"

namespace vireo {

// Asking changes nothing, neither in the device nor in guest memory.
class LintSubject {
 public:
  virtual ~LintSubject() = default;
  virtual const std::string& name() const = 0;
  virtual uint16_t type_id() const = 0;
  virtual uint64_t offered_features(VirtioInterface via) const = 0;
  virtual uint8_t status() const = 0;
  // The features in force.
  virtual uint64_t features() const = 0;
  virtual unsigned queue_count() const = 0;
  virtual uint16_t max_queue_size(unsigned queue) const = 0;
  // Where an enabled queue is; nothing for one that is not.
  virtual std::optional<QueueLayout> enabled_queue(unsigned queue) const = 0;
  virtual bool msix_enabled() const = 0;
  virtual bool bus_master() const = 0;
  // Distance of the queues' notification addresses in memory; 0: the value counts.
  virtual uint32_t notify_step() const = 0;
  // The device configuration as a driver would read it.
  virtual std::vector<std::byte> config() const = 0;
  virtual const GuestMemory& memory() const = 0;
};

}  // namespace vireo
