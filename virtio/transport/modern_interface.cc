#include "virtio/transport/modern_interface.h"

#include "virtio/transport/pci_layout.h"

namespace vireo {

using namespace virtio_pci;

namespace {

// A notification is 16 bits wide, or 32 with NOTIFICATION_DATA, whose upper half only
// hints at ring positions (section 4.1.5.2).
bool notification_width(unsigned size) { return size == 2 || size == 4; }

struct Place {
  VirtioRegion region;
  uint64_t offset;  // within the structure
};

// Everything up to the next structure belongs to one, to its unused bytes at least.
Place place_of(uint64_t offset) {
  if (offset < kIsrOffset) return {VirtioRegion::kCommon, offset - kCommonOffset};
  if (offset < kDeviceOffset) return {VirtioRegion::kIsr, offset - kIsrOffset};
  if (offset < kNotifyOffset) return {VirtioRegion::kDevice, offset - kDeviceOffset};
  return {VirtioRegion::kNotify, offset - kNotifyOffset};
}

}  // namespace

uint64_t ModernInterface::read(uint64_t offset, unsigned size) {
  const Place place = place_of(offset);
  core_.watch_access({place.region, false, place.offset, size});
  switch (place.region) {
    case VirtioRegion::kCommon:
      return common_.read(place.offset, size);
    case VirtioRegion::kIsr:
      return place.offset == 0 ? interrupts_.read_isr() : 0;
    case VirtioRegion::kDevice:
      return core_.read_config(place.offset, size);
    default:
      return 0;
  }
}

void ModernInterface::write(uint64_t offset, unsigned size, uint64_t value) {
  const Place place = place_of(offset);
  core_.watch_access({place.region, true, place.offset, size, value});
  switch (place.region) {
    case VirtioRegion::kCommon:
      return common_.write(place.offset, size, value);
    case VirtioRegion::kDevice:
      return core_.write_config(place.offset, size, value);
    case VirtioRegion::kNotify:
      return notify(place.offset, size, value);
    default:
      return;
  }
}

// Each queue has its own address, so the value does not matter.
void ModernInterface::notify(uint64_t offset, unsigned size, uint64_t value) {
  if (!notification_width(size) || offset % notify_step_ != 0) return;
  core_.kick(static_cast<unsigned>(offset / notify_step_), VirtioInterface::kModern,
             static_cast<uint32_t>(value));
}

void ModernInterface::NotifyPort::write(uint64_t offset, unsigned size, uint64_t value) {
  core_.watch_access({VirtioRegion::kNotifyPort, true, offset, size, value});
  if (!notification_width(size) || offset != 0) return;
  core_.kick(core_.notified_queue(static_cast<uint16_t>(value)), VirtioInterface::kModern,
             static_cast<uint32_t>(value));
}

}  // namespace vireo
