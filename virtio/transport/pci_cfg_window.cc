#include "virtio/transport/pci_cfg_window.h"

#include "pci/config_registers.h"
#include "virtio/transport/pci_layout.h"

namespace vireo {
namespace {

// Offsets within the capability.
constexpr unsigned kLength = 20;
constexpr unsigned kTypeAt = 3;
constexpr unsigned kBarAt = 4;
constexpr unsigned kOffsetAt = 8;
constexpr unsigned kLengthAt = 12;
constexpr unsigned kDataAt = 16;

}  // namespace

void PciCfgWindow::build(ConfigSpace& config, std::vector<VirtioPciRegion> regions) {
  config_ = &config;
  regions_ = std::move(regions);
  capability_ = config.add_capability(pci_reg::kCapabilityVendor, kLength);
  config.define<uint8_t>(capability_ + 2, kLength);
  config.define<uint8_t>(capability_ + kTypeAt, static_cast<uint8_t>(virtio_pci::CfgType::kPci));
  config.define<uint8_t>(capability_ + kBarAt, 0, 0xff);
  config.define<uint32_t>(capability_ + kOffsetAt, 0, UINT32_MAX);
  config.define<uint32_t>(capability_ + kLengthAt, 0, UINT32_MAX);
  config.define<uint32_t>(capability_ + kDataAt, 0, UINT32_MAX);
}

bool PciCfgWindow::touches_data(unsigned offset, unsigned size) const {
  const unsigned data = capability_ + kDataAt;
  return config_ != nullptr && offset < data + 4 && offset + size > data;
}

bool PciCfgWindow::requested_access(Access& access) const {
  const unsigned bar = config_->get<uint8_t>(capability_ + kBarAt);
  const uint32_t offset = config_->get<uint32_t>(capability_ + kOffsetAt);
  const uint32_t length = config_->get<uint32_t>(capability_ + kLengthAt);
  if ((length != 1 && length != 2 && length != 4) || offset % length != 0) return false;
  for (const VirtioPciRegion& region : regions_) {
    if (region.bar != bar || offset < region.offset) continue;
    if (uint64_t{offset} + length > uint64_t{region.offset} + region.length) continue;
    access = {region.handler, offset, length};
    return true;
  }
  return false;
}

void PciCfgWindow::before_config_read(unsigned offset, unsigned size) {
  if (!touches_data(offset, size)) return;
  Access access;
  uint32_t value = 0;
  if (requested_access(access)) {
    const uint32_t mask = access.size == 4 ? UINT32_MAX : (1u << (8 * access.size)) - 1;
    value = static_cast<uint32_t>(access.handler->read(access.offset, access.size)) & mask;
  }
  config_->set(capability_ + kDataAt, value);
}

void PciCfgWindow::after_config_write(unsigned offset, unsigned size) {
  if (!touches_data(offset, size)) return;
  Access access;
  if (!requested_access(access)) return;
  const uint32_t mask = access.size == 4 ? UINT32_MAX : (1u << (8 * access.size)) - 1;
  access.handler->write(access.offset, access.size,
                        config_->get<uint32_t>(capability_ + kDataAt) & mask);
}

}  // namespace vireo
