// What the monitor asks of the machine's balloon.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "machine/base/result.h"
#include "machine/board/virtio/virtio_devices.h"

namespace vireo {

// Asks the guest to make do with `wanted` of the machine's `memory` bytes. Fails when there is
// no balloon; the first one counts.
Result<void> set_guest_memory(VirtioDevices& devices, uint64_t memory, uint64_t wanted);

struct BalloonReport {
  uint64_t bytes = 0;  // in the balloon, by the driver's word
  // The guest's own statistics, by QEMU's names; those that its driver gives.
  std::vector<std::pair<std::string_view, uint64_t>> statistics;
};
Result<BalloonReport> report_balloon(VirtioDevices& devices);

}  // namespace vireo
