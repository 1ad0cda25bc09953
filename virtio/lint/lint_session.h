// What a driver has done since the last reset, as far as the lint has to remember it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "virtio/queue/virtqueue.h"
#include "virtio/watch.h"

namespace vireo {

struct LintQueue {
  bool enabled = false;
  QueueLayout layout;          // while enabled
  bool reset_pending = false;  // queue_reset was written and not read back since
  // Split ring with IN_ORDER: index of the next chain's head, where it is known.
  std::optional<uint16_t> next_in_order;
};

struct LintSession {
  explicit LintSession(unsigned queue_count) : queues(queue_count) {}

  // Everything since the reset was seen; otherwise only what the device itself tells is known.
  bool whole = true;
  // A driver reset the device at some time, so that `status` counts from there.
  bool reset_seen = false;
  std::optional<VirtioInterface> interface;  // the first that was written through
  uint8_t status = 0;
  bool status_read_since_reset = false;
  bool status_read_since_features_ok = false;
  uint64_t driver_features = 0;
  // Accesses to the device configuration: how many, where the first was, and whether another was
  // elsewhere.
  unsigned config_reads = 0;
  uint64_t first_config_read = 0;
  bool config_read_elsewhere = false;
  bool generation_read = false;
  uint16_t queue_select = 0;
  std::optional<uint64_t> unverified_vector;  // offset of a vector register just written
  std::vector<LintQueue> queues;

  // After a reset by the driver (`reset_seen`) or of the whole function.
  void restart(bool by_driver) {
    *this = LintSession(static_cast<unsigned>(queues.size()));
    reset_seen = by_driver;
  }
};

}  // namespace vireo
