#include "pci/hotplug_slot.h"

#include "pci/express_capability.h"

namespace vireo {

namespace {

// Slot capabilities (PCIe 7.8.9).
constexpr uint32_t kAttentionButton = 1u << 0;
constexpr uint32_t kPowerController = 1u << 1;
constexpr uint32_t kAttentionIndicator = 1u << 3;
constexpr uint32_t kPowerIndicator = 1u << 4;
constexpr uint32_t kHotplugSurprise = 1u << 5;
constexpr uint32_t kHotplugCapable = 1u << 6;
constexpr uint32_t kNoCommandCompleted = 1u << 18;
constexpr unsigned kSlotNumberShift = 19;

// Slot control (7.8.10). Bits 0 to 4 and 12 enable the events of the same bits, or bit
// 8 for the last, in slot status.
constexpr uint16_t kButtonEnable = 1u << 0;
constexpr uint16_t kPresenceEnable = 1u << 3;
constexpr uint16_t kCompletedEnable = 1u << 4;
constexpr uint16_t kInterruptEnable = 1u << 5;
constexpr uint16_t kIndicatorsOff = 3u << 6 | 3u << 8;
constexpr uint16_t kPowerIndicatorBits = 3u << 8;
constexpr uint16_t kPowerIndicatorOn = 1u << 8;
constexpr uint16_t kPowerOff = 1u << 10;
constexpr uint16_t kLinkEnable = 1u << 12;
constexpr uint16_t kControlBits = 0x17ff;

// Slot status (7.8.11).
constexpr uint16_t kButtonPressed = 1u << 0;
constexpr uint16_t kPresenceChanged = 1u << 3;
constexpr uint16_t kCommandCompleted = 1u << 4;
constexpr uint16_t kPresent = 1u << 6;
constexpr uint16_t kLinkChanged = 1u << 8;
constexpr uint16_t kEvents = 0x011f;  // write one to clear

}  // namespace

HotplugSlot::HotplugSlot(ConfigSpace& config, unsigned capability,
                         const SlotDescription& description)
    : config_(config),
      control_(capability + express_reg::kSlotControl),
      status_(capability + express_reg::kSlotStatus),
      hotplug_(description.hotplug),
      number_(description.number) {
  constexpr uint32_t kHotplugParts = kAttentionButton | kPowerController | kAttentionIndicator |
                                     kPowerIndicator | kHotplugSurprise | kHotplugCapable;
  config.define<uint32_t>(capability + express_reg::kSlotCapabilities,
                          (hotplug_ ? kHotplugParts : kNoCommandCompleted) |
                              uint32_t{description.number} << kSlotNumberShift);
  config.define<uint16_t>(control_, hotplug_ ? kIndicatorsOff : 0, hotplug_ ? kControlBits : 0);
  config.define<uint16_t>(status_, 0, 0, kEvents);
}

uint16_t HotplugSlot::status() const { return config_.get<uint16_t>(status_); }
uint16_t HotplugSlot::control() const { return config_.get<uint16_t>(control_); }

void HotplugSlot::raise(uint16_t events) {
  if (hotplug_) config_.set<uint16_t>(status_, status() | events);
}

void HotplugSlot::show_presence(bool present) {
  const uint16_t other = status() & static_cast<uint16_t>(~kPresent);
  config_.set<uint16_t>(status_, present ? other | kPresent : other);
}

bool HotplugSlot::present() const { return (status() & kPresent) != 0; }

void HotplugSlot::set_present(bool now) {
  if (now == present()) return;
  show_presence(now);
  raise(kPresenceChanged);
}

void HotplugSlot::link_changed() { raise(kLinkChanged); }

void HotplugSlot::press_button() { raise(kButtonPressed); }

bool HotplugSlot::powered() const { return (control() & kPowerOff) == 0; }

bool HotplugSlot::released() const {
  return !powered() && (control() & kPowerIndicatorBits) == kPowerIndicatorBits;
}

void HotplugSlot::control_written() { raise(kCommandCompleted); }

bool HotplugSlot::interrupt() const {
  const uint16_t enabled = control();
  uint16_t heard = enabled & (kButtonEnable | kPresenceEnable | kCompletedEnable);
  if ((enabled & kLinkEnable) != 0) heard |= kLinkChanged;
  return (enabled & kInterruptEnable) != 0 && (status() & heard) != 0;
}

// A card that is there when the machine starts has power, and its light is on.
void HotplugSlot::reset(bool present) {
  show_presence(present);
  if (!hotplug_ || !present) return;
  const uint16_t dark = control() & static_cast<uint16_t>(~kPowerIndicatorBits);
  config_.set<uint16_t>(control_, dark | kPowerIndicatorOn);
}

}  // namespace vireo
