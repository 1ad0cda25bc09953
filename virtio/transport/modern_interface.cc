#include "virtio/transport/modern_interface.h"

#include "virtio/transport/pci_layout.h"

namespace vireo {

using namespace virtio_pci;

namespace {

// A notification is 16 bits wide, or 32 with NOTIFICATION_DATA, whose upper half only
// hints at ring positions (section 4.1.5.2).
bool notification_width(unsigned size) { return size == 2 || size == 4; }

}  // namespace

uint64_t ModernInterface::read(uint64_t offset, unsigned size) {
  if (offset < kIsrOffset) return common_.read(offset, size);
  if (offset == kIsrOffset) return interrupts_.read_isr();
  if (offset < kDeviceOffset || offset >= kNotifyOffset) return 0;
  return core_.read_config(offset - kDeviceOffset, size);
}

void ModernInterface::write(uint64_t offset, unsigned size, uint64_t value) {
  if (offset < kIsrOffset) {
    common_.write(offset, size, value);
  } else if (offset >= kNotifyOffset) {
    notify(offset - kNotifyOffset, size);
  } else if (offset >= kDeviceOffset) {
    core_.write_config(offset - kDeviceOffset, size, value);
  }
}

// Each queue has its own address, so the value does not matter.
void ModernInterface::notify(uint64_t offset, unsigned size) {
  if (!notification_width(size) || offset % notify_step_ != 0) return;
  core_.kick(static_cast<unsigned>(offset / notify_step_));
}

void ModernInterface::NotifyPort::write(uint64_t offset, unsigned size, uint64_t value) {
  if (!notification_width(size) || offset != 0) return;
  core_.kick(static_cast<unsigned>(value & 0xffff));
}

}  // namespace vireo
