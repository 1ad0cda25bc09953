// Offsets and bits of the configuration header (PCI 3.0 sections 6.1 and 6.2).
#pragma once

#include <cstdint>

namespace vireo::pci_reg {

// Header type 0.
inline constexpr unsigned kVendorId = 0x00;
inline constexpr unsigned kDeviceId = 0x02;
inline constexpr unsigned kCommand = 0x04;
inline constexpr unsigned kStatus = 0x06;
inline constexpr unsigned kRevision = 0x08;
inline constexpr unsigned kClassCode = 0x09;  // three bytes: interface, subclass, base class
inline constexpr unsigned kHeaderType = 0x0e;
inline constexpr unsigned kBar0 = 0x10;
inline constexpr unsigned kSubsystemVendorId = 0x2c;
inline constexpr unsigned kSubsystemId = 0x2e;
inline constexpr unsigned kRomBar = 0x30;
inline constexpr unsigned kCapabilityPointer = 0x34;
inline constexpr unsigned kInterruptLine = 0x3c;
inline constexpr unsigned kInterruptPin = 0x3d;

// Header type 1 (PCI-to-PCI Bridge 1.2 section 3.2); the rest as in type 0.
inline constexpr unsigned kPrimaryBus = 0x18;
inline constexpr unsigned kSecondaryBus = 0x19;
inline constexpr unsigned kSubordinateBus = 0x1a;
inline constexpr unsigned kSecondaryLatency = 0x1b;
inline constexpr unsigned kIoBase = 0x1c;
inline constexpr unsigned kIoLimit = 0x1d;
inline constexpr unsigned kSecondaryStatus = 0x1e;
inline constexpr unsigned kMemoryBase = 0x20;
inline constexpr unsigned kMemoryLimit = 0x22;
inline constexpr unsigned kPrefetchableBase = 0x24;
inline constexpr unsigned kPrefetchableLimit = 0x26;
inline constexpr unsigned kPrefetchableBaseHigh = 0x28;
inline constexpr unsigned kPrefetchableLimitHigh = 0x2c;
inline constexpr unsigned kBridgeControl = 0x3e;

inline constexpr uint16_t kBridgeVga = 1u << 3;
inline constexpr uint16_t kBridgeReset = 1u << 6;
// Parity, SERR#, VGA with 16-bit decode, master abort mode, reset: what this bridge
// stores. There is no ISA mode and no discard timer.
inline constexpr uint16_t kBridgeControlBits = 0x007b;

inline constexpr unsigned kFirstCapability = 0x40;
inline constexpr unsigned kFirstExtendedCapability = 0x100;

inline constexpr uint16_t kCommandIo = 1u << 0;
inline constexpr uint16_t kCommandMemory = 1u << 1;
inline constexpr uint16_t kCommandMaster = 1u << 2;
inline constexpr uint16_t kCommandParity = 1u << 6;
inline constexpr uint16_t kCommandSerr = 1u << 8;
inline constexpr uint16_t kCommandIntxDisable = 1u << 10;

inline constexpr uint16_t kStatusInterrupt = 1u << 3;
inline constexpr uint16_t kStatusCapabilities = 1u << 4;
// Master data parity, target/master aborts, system and parity error: write one to clear.
inline constexpr uint16_t kStatusErrors = 0xf900;

inline constexpr uint8_t kHeaderMultifunction = 0x80;
inline constexpr uint8_t kHeaderTypeBits = 0x7f;

inline constexpr uint8_t kCapabilityPower = 0x01;
inline constexpr uint8_t kCapabilityVendor = 0x09;
inline constexpr uint8_t kCapabilityExpress = 0x10;
inline constexpr uint8_t kCapabilityMsix = 0x11;

}  // namespace vireo::pci_reg
