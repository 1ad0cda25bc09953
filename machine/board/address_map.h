// Where everything is: the physical addresses and ports of this machine, which
// are those of a PC with a q35 chipset.
#pragma once

#include <algorithm>
#include <cstdint>

namespace vireo::address_map {

// --- RAM. Conventional memory, the area behind the BIOS segments, then from 1
// MiB up to the configuration window; what does not fit there follows at 4 GiB.
inline constexpr uint64_t kVgaHole = 0xA'0000;
inline constexpr uint64_t kVgaHoleEnd = 0xC'0000;
inline constexpr uint64_t kLowRamLimit = 0xB000'0000;
inline constexpr uint64_t kHighRam = 0x1'0000'0000;

// --- Device memory.
inline constexpr uint64_t kEcam = 0xB000'0000;
inline constexpr uint64_t kEcamSize = 0x1000'0000;  // 256 buses
inline constexpr uint64_t kPci32 = 0xC000'0000;
inline constexpr uint64_t kPci32End = 0xFEC0'0000;
inline constexpr uint64_t kIoApic = 0xFEC0'0000;
inline constexpr uint64_t kIoApicSize = 0x1000;
inline constexpr uint64_t kHpet = 0xFED0'0000;
inline constexpr uint64_t kHpetSize = 0x400;
inline constexpr uint64_t kRcba = 0xFED1'C000;
inline constexpr uint64_t kLocalApic = 0xFEE0'0000;  // until the guest moves it
inline constexpr uint64_t kLocalApicSize = 0x1000;
// Writes by devices to this MiB are interrupt messages.
inline constexpr uint64_t kMessages = 0xFEE0'0000;
inline constexpr uint64_t kMessagesEnd = 0xFEF0'0000;

// The 64-bit window lies above all RAM that -m may ask for, unless there is
// more of that than fits below 512 GiB.
inline constexpr uint64_t kPci64 = 0x80'0000'0000;
inline constexpr uint64_t kPci64Size = 0x8'0000'0000;
inline constexpr unsigned kPhysicalBits = 40;

// --- Ports.
inline constexpr uint16_t kPicMaster = 0x20;
inline constexpr uint16_t kPit = 0x40;
inline constexpr uint16_t kI8042Data = 0x60;
inline constexpr uint16_t kSystemPortB = 0x61;
inline constexpr uint16_t kI8042Command = 0x64;
inline constexpr uint16_t kRtc = 0x70;
inline constexpr uint16_t kSystemPortA = 0x92;
inline constexpr uint16_t kCoprocessorError = 0xf0;
inline constexpr uint16_t kPicSlave = 0xA0;
inline constexpr uint16_t kSmiCommand = 0xB2;
inline constexpr uint16_t kElcr = 0x4D0;
inline constexpr uint16_t kFwCfg = 0x510;
inline constexpr uint16_t kFwCfgDma = 0x514;
inline constexpr uint16_t kPmBase = 0x600;
// Where BARs in port space are put.
inline constexpr uint16_t kPciPorts = 0x1000;
inline constexpr uint32_t kPciPortsEnd = 0x1'0000;

// --- Interrupts of the ISA devices.
inline constexpr unsigned kPitIrq = 0;
inline constexpr unsigned kKeyboardIrq = 1;
inline constexpr unsigned kRtcIrq = 8;
inline constexpr unsigned kCoprocessorIrq = 13;
inline constexpr unsigned kSciIrq = 9;
inline constexpr unsigned kMouseIrq = 12;
// On the I/O APIC the PIT's interrupt is input 2, as input 0 is for the 8259s.
inline constexpr unsigned kPitIoApicPin = 2;

struct SerialPlace {
  uint16_t port;
  uint8_t irq;
};
inline constexpr SerialPlace kSerial[] = {{0x3F8, 4}, {0x2F8, 3}};

// How `bytes` of RAM lie in the map. The low part counts from 0; the VGA hole
// takes its bytes away.
struct RamLayout {
  uint64_t low_bytes = 0;
  uint64_t high_bytes = 0;

  static constexpr RamLayout of(uint64_t bytes) {
    const uint64_t low = std::min(bytes, kLowRamLimit);
    return RamLayout{low, bytes - low};
  }
  constexpr uint64_t pci64_base() const {
    const uint64_t end = kHighRam + high_bytes;
    const uint64_t aligned = (end + kPci64Size - 1) / kPci64Size * kPci64Size;
    return std::max(kPci64, aligned);
  }
};

}  // namespace vireo::address_map
