// Where a PCI function is: bus, device and function number (PCI 3.0 section 3.2.2.3).
#pragma once

#include <compare>
#include <cstdint>

namespace vireo {

inline constexpr unsigned kPciDevices = 32;              // per bus
inline constexpr unsigned kPciFunctions = 8;             // per device
inline constexpr unsigned kPciConventionalConfig = 256;  // bytes of config space per function
inline constexpr unsigned kPciExpressConfig = 4096;

struct PciAddress {
  uint8_t bus = 0;
  uint8_t device = 0;    // 0-31
  uint8_t function = 0;  // 0-7

  constexpr auto operator<=>(const PciAddress&) const = default;
  // Device and function in one byte, as in a requester id's low half.
  constexpr uint8_t devfn() const { return static_cast<uint8_t>(device << 3 | function); }
};

}  // namespace vireo
