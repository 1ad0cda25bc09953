// The transport's side of a device that is fuzzed by its rings alone.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

#include "virtio/device.h"

namespace vireo::fuzz {

// Has negotiated these features, and takes everything that the device tells it; a queue that the
// device does not have would be the device's error.
class RingHost final : public VirtioHost {
 public:
  RingHost(GuestMemory& ram, uint64_t features, bool legacy, unsigned queues)
      : ram_(ram), features_(features), legacy_(legacy), queues_(queues) {}
  uint64_t features() const override { return features_; }
  bool legacy_session() const override { return legacy_; }
  GuestMemory& memory() override { return ram_; }
  void config_changed() override {}
  void queue_ready(unsigned index) override {
    if (index >= queues_) std::abort();
  }
  void device_failed(const std::string&) override {}

 private:
  GuestMemory& ram_;
  uint64_t features_;
  bool legacy_;
  unsigned queues_;
};

}  // namespace vireo::fuzz
