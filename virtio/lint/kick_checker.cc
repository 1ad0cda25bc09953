#include "virtio/lint/kick_checker.h"

#include "virtio/features.h"

namespace vireo {

using namespace virtio_feature;

namespace {

// The used and the available ring begin with their flags (2.7.6, 2.7.8).
constexpr uint16_t kNoNotify = 1;
constexpr uint16_t kNoInterrupt = 1;

}  // namespace

void KickChecker::on_access(const DriverAccess& access) {
  const bool notify =
      access.region == VirtioRegion::kNotify || access.region == VirtioRegion::kNotifyPort;
  if (!notify || !access.write) return;
  const unsigned width = in_force(kNotificationData) ? 4 : 2;
  if (access.size != width) {
    breach(LintRule::kKickWidth, "{} bytes written at notify offset {:#x}, not {}", access.size,
           access.offset, width);
  } else if (access.region == VirtioRegion::kNotify) {
    check_value(access);
  }
}

// Where the address already names the queue, a careless driver may write anything.
void KickChecker::check_value(const DriverAccess& access) {
  const uint32_t step = subject().notify_step();
  if (step == 0 || in_force(kNotifConfigData)) return;
  const uint64_t queue = access.offset / step;
  if ((access.value & 0xffff) == queue) return;
  breach(LintRule::kKickValue, "{:#x} written to the notify address of queue {}", access.value,
         queue);
}

void KickChecker::on_kick(VirtioInterface via, unsigned queue, uint32_t data) {
  if (queue >= session().queues.size() || !session().queues[queue].enabled) {
    breach(LintRule::kKickNoQueue, "queue {} notified ({:#x} written), the device has {}{}", queue,
           data, session().queues.size(),
           queue < session().queues.size() ? " and this one is not enabled" : "");
    return;
  }
  if (via == VirtioInterface::kModern && !(session().status & virtio_status::kDriverOk)) {
    breach(LintRule::kKickTooEarly, "queue {} notified, status {:#04x}", queue, session().status);
  }
  if (!subject().bus_master()) {
    breach(LintRule::kKickWithoutBusMaster, "queue {} notified, PCI command bit 2 is 0", queue);
  }
  if (!in_force(kRingPacked)) check_ring(queue, session().queues[queue].layout);
}

void KickChecker::check_ring(unsigned queue, const QueueLayout& layout) {
  const bool event_idx = in_force(kEventIdx);
  const auto avail_flags = subject().memory().read<uint16_t>(layout.driver_area);
  if (avail_flags && *avail_flags > (event_idx ? 0 : kNoInterrupt)) {
    breach(LintRule::kAvailFlags, "queue {}: flags of the available ring are {:#x}{}", queue,
           *avail_flags, event_idx ? ", with EVENT_IDX" : "");
  }
  const auto used_flags = subject().memory().read<uint16_t>(layout.device_area);
  if (!event_idx && used_flags && (*used_flags & kNoNotify)) {
    breach(LintRule::kKickUnwanted, "queue {} notified, flags of the used ring are {:#x}", queue,
           *used_flags);
  }
}

}  // namespace vireo
