#include "pci/express_capability.h"

#include "pci/config_registers.h"

namespace vireo {

using namespace express_reg;

namespace {

constexpr uint16_t kVersion2 = 2;
constexpr uint32_t kExtendedTag = 1u << 5;
constexpr uint32_t kRoleBasedErrors = 1u << 15;
constexpr uint32_t kFunctionReset = 1u << 28;
constexpr uint16_t kInitiateReset = 1u << 15;  // of device control
constexpr uint16_t kDeviceControlBits = 0x7fff;
constexpr uint16_t kDeviceErrors = 0x000f;  // write one to clear

constexpr uint32_t kGen1x1 = 1u << 4 | 1;  // one lane, 2.5 GT/s
constexpr uint32_t kLinkActiveReporting = 1u << 20;
constexpr unsigned kPortNumberShift = 24;
constexpr uint16_t kLinkControlBits = 0x00c8;  // boundary, common clock, extended synch
constexpr uint16_t kLinkDisable = 1u << 4;
constexpr uint16_t kLinkActive = 1u << 13;
constexpr uint32_t kSpeedVectorGen1 = 1u << 1;

constexpr bool is_port(ExpressType type) { return type == ExpressType::kRootPort; }

}  // namespace

ExpressCapability::ExpressCapability(ConfigSpace& config, const ExpressDescription& description)
    : config_(config), offset_(config.add_capability(pci_reg::kCapabilityExpress, kLength)) {
  config.define<uint16_t>(
      offset_ + kFlags,
      static_cast<uint16_t>(kVersion2 | static_cast<unsigned>(description.type) << 4));
  define_device(description);
  define_link(description);
}

void ExpressCapability::define_device(const ExpressDescription& description) {
  const bool resets = description.function_reset;
  config_.define<uint32_t>(offset_ + kDeviceCapabilities,
                           kExtendedTag | kRoleBasedErrors | (resets ? kFunctionReset : 0));
  config_.define<uint16_t>(
      offset_ + kDeviceControl, 0x2810,  // relaxed ordering, no snoop, 512-byte reads
      static_cast<uint16_t>(kDeviceControlBits | (resets ? kInitiateReset : 0)));
  config_.define<uint16_t>(offset_ + kDeviceStatus, 0, 0, kDeviceErrors);
}

void ExpressCapability::define_link(const ExpressDescription& description) {
  const bool port = is_port(description.type);
  config_.define<uint32_t>(offset_ + kLinkCapabilities,
                           kGen1x1 | (port ? kLinkActiveReporting : 0) |
                               uint32_t{port ? description.port : uint8_t{0}} << kPortNumberShift);
  config_.define<uint16_t>(offset_ + kLinkControl, 0,
                           static_cast<uint16_t>(kLinkControlBits | (port ? kLinkDisable : 0)));
  config_.define<uint16_t>(offset_ + kLinkStatus, kGen1x1);
  config_.define<uint32_t>(offset_ + kLinkCapabilities2, kSpeedVectorGen1);
  config_.define<uint16_t>(offset_ + kLinkControl2, 1);
}

bool ExpressCapability::take_function_reset() {
  const auto control = config_.get<uint16_t>(offset_ + kDeviceControl);
  config_.set<uint16_t>(offset_ + kDeviceControl, control & kDeviceControlBits);
  return (control & kInitiateReset) != 0;
}

bool ExpressCapability::link_active() const {
  return (config_.get<uint16_t>(offset_ + kLinkStatus) & kLinkActive) != 0;
}

void ExpressCapability::set_link_active(bool active) {
  const auto status = config_.get<uint16_t>(offset_ + kLinkStatus);
  config_.set<uint16_t>(
      offset_ + kLinkStatus,
      static_cast<uint16_t>(active ? status | kLinkActive : status & ~unsigned{kLinkActive}));
}

bool ExpressCapability::link_disabled() const {
  return (config_.get<uint16_t>(offset_ + kLinkControl) & kLinkDisable) != 0;
}

}  // namespace vireo
