// The PCI Express capability: what kind of thing a function is, its link and, for
// ports, its slot (PCI Express Base 3.0 section 7.8).
#pragma once

#include <cstdint>

#include "pci/config_space.h"

namespace vireo {

// Values of the device/port type field that this machine has.
enum class ExpressType : uint8_t { kEndpoint = 0, kRootPort = 4, kToConventionalBridge = 7 };

struct ExpressDescription {
  ExpressType type = ExpressType::kEndpoint;
  uint8_t port = 0;             // port number of the link, for ports
  bool function_reset = false;  // function level reset, for endpoints
};

// Adds version 2 of the capability to a 4096-byte space and is the way to its
// registers afterwards. Every link is one lane of 2.5 GT/s. All state is in the
// configuration space, which must outlive this.
class ExpressCapability {
 public:
  ExpressCapability(ConfigSpace& config, const ExpressDescription& description);

  unsigned offset() const { return offset_; }
  // The driver asked for a function level reset; reading it forgets that.
  bool take_function_reset();
  // Ports: the link is up (data link layer link active).
  bool link_active() const;
  void set_link_active(bool active);
  // Ports: the driver turned the link off.
  bool link_disabled() const;

 private:
  void define_device(const ExpressDescription& description);
  void define_link(const ExpressDescription& description);

  ConfigSpace& config_;
  unsigned offset_;
};

namespace express_reg {
// Offsets within the capability (section 7.8).
inline constexpr unsigned kFlags = 0x02;
inline constexpr unsigned kDeviceCapabilities = 0x04;
inline constexpr unsigned kDeviceControl = 0x08;
inline constexpr unsigned kDeviceStatus = 0x0a;
inline constexpr unsigned kLinkCapabilities = 0x0c;
inline constexpr unsigned kLinkControl = 0x10;
inline constexpr unsigned kLinkStatus = 0x12;
inline constexpr unsigned kSlotCapabilities = 0x14;
inline constexpr unsigned kSlotControl = 0x18;
inline constexpr unsigned kSlotStatus = 0x1a;
inline constexpr unsigned kRootControl = 0x1c;
inline constexpr unsigned kRootStatus = 0x20;
inline constexpr unsigned kLinkCapabilities2 = 0x2c;
inline constexpr unsigned kLinkControl2 = 0x30;
inline constexpr unsigned kLength = 0x3c;
}  // namespace express_reg

}  // namespace vireo
