#include "machine/board/balloon_control.h"

#include <algorithm>

#include "virtio/balloon/balloon_device.h"

namespace vireo {
namespace {

using virtio_balloon::kPageBytes;

Result<VirtioBalloon*> find_balloon(VirtioDevices& devices) {
  VirtioBalloon* found = nullptr;
  devices.for_each([&](VirtioUnit& unit) {
    if (found == nullptr) found = dynamic_cast<VirtioBalloon*>(&unit.function->device());
  });
  if (found == nullptr) {
    return Error{"the machine has no balloon; give -device virtio-balloon-pci"};
  }
  return found;
}

}  // namespace

Result<void> set_guest_memory(VirtioDevices& devices, uint64_t memory, uint64_t wanted) {
  auto balloon = find_balloon(devices);
  if (!balloon) return balloon.error();
  const uint64_t inside = memory - std::min(wanted, memory);
  (*balloon)->set_target_pages(static_cast<uint32_t>(inside / kPageBytes));
  return {};
}

Result<BalloonReport> report_balloon(VirtioDevices& devices) {
  auto balloon = find_balloon(devices);
  if (!balloon) return balloon.error();
  BalloonReport report;
  report.bytes = (*balloon)->actual_pages() * kPageBytes;
  const VirtioBalloon::Stats& stats = (*balloon)->stats();
  for (size_t tag = 0; tag < stats.size(); ++tag) {
    if (stats[tag]) report.statistics.emplace_back(virtio_balloon::kStatNames[tag], *stats[tag]);
  }
  return report;
}

}  // namespace vireo
