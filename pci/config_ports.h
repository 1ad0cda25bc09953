// The doors to configuration space: ports 0xCF8/0xCFC (PCI 3.0 section
// 3.2.2.3.2) and the enhanced, memory-mapped window (PCIe 7.2.2).
#pragma once

#include <cstdint>

#include "machine/base/archive.h"
#include "machine/base/io_space.h"
#include "pci/bus.h"

namespace vireo {

inline constexpr uint64_t kConfigAddressPort = 0xcf8;  // map 4 bytes of address_port()
inline constexpr uint64_t kConfigDataPort = 0xcfc;     // map 4 bytes of data_port()

// 0xCF8, four ports: only a 32-bit access at offset 0 reaches the latch. Other
// accesses read as all ones and are dropped, except that single bytes at offset
// 1 belong to the reset control register at 0xCF9. An IoSpace would split a
// dword across two owners into bytes, so 0xCF9 must not be mapped by itself: its
// chip is given here instead and sees offset 0, size 1.
class ConfigAddressPort : public IoHandler {
 public:
  void set_reset_control(IoHandler* cf9) { reset_control_ = cf9; }
  uint32_t latch() const { return latch_; }
  void reset() { latch_ = 0; }
  void visit(Archive& archive) { archive.io(latch_); }

  uint64_t read(uint64_t offset, unsigned size) override;
  void write(uint64_t offset, unsigned size, uint64_t value) override;

 private:
  uint32_t latch_ = 0;
  IoHandler* reset_control_ = nullptr;
};

// 0xCFC, four ports: byte lanes of the dword that the latch selects.
class ConfigDataPort : public IoHandler {
 public:
  ConfigDataPort(PciBus& bus, const ConfigAddressPort& address) : bus_(bus), address_(address) {}
  uint64_t read(uint64_t offset, unsigned size) override;
  void write(uint64_t offset, unsigned size, uint64_t value) override;

 private:
  bool enabled() const { return (address_.latch() & 0x80000000u) != 0; }
  PciAddress target() const;
  unsigned lane(uint64_t offset) const;

  PciBus& bus_;
  const ConfigAddressPort& address_;
};

// The ECAM window: bus, device, function and register are bits of the offset.
// Accesses that are unaligned or wider than a dword are split.
class EcamWindow : public IoHandler {
 public:
  explicit EcamWindow(PciBus& bus) : bus_(bus) {}
  uint64_t read(uint64_t offset, unsigned size) override;
  void write(uint64_t offset, unsigned size, uint64_t value) override;

 private:
  PciBus& bus_;
};

}  // namespace vireo
