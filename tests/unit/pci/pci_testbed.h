// A root bus with its spaces, doors and recording sinks, as the board wires it:
// the tests play the guest.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <utility>
#include <vector>

#include "machine/base/archive.h"
#include "machine/base/io_space.h"
#include "machine/base/irq_line.h"
#include "pci/root_bus.h"
#include "pci/function.h"
#include "pci/host_bridge.h"
#include "pci/lpc.h"

namespace vireo::testing {

// Remembers what it was asked; reads as `answer`.
struct RecordingHandler : IoHandler {
  struct Access {
    uint64_t offset;
    unsigned size;
    uint64_t value;
    bool operator==(const Access&) const = default;
  };
  uint64_t answer = 0x1122334455667788;
  std::vector<Access> reads, writes;

  uint64_t read(uint64_t offset, unsigned size) override {
    reads.push_back({offset, size, 0});
    return answer;
  }
  void write(uint64_t offset, unsigned size, uint64_t value) override {
    writes.push_back({offset, size, value});
  }
};

struct RecordingMsi : MsiSink {
  std::vector<MsiMessage> sent;
  void send(MsiMessage message) override { sent.push_back(message); }
};

struct RecordingSink : InterruptSink {
  std::array<bool, 24> level{};
  unsigned changes = 0;
  void set_input(unsigned pin, bool now) override {
    level.at(pin) = now;
    ++changes;
  }
};

struct RecordingRouter : PciIntxRouter {
  std::array<std::array<bool, 4>, kPciDevices> level{};
  unsigned calls = 0;
  void set_intx(unsigned device, unsigned pin, bool now) override {
    level.at(device).at(pin) = now;
    ++calls;
  }
};

// A function with one BAR of each kind, MSI-X and a pin, counting its hooks.
class SampleFunction : public PciFunction {
 public:
  static constexpr PciIdentity kIdentity{.vendor_id = 0x1af4,
                                         .device_id = 0x1001,
                                         .class_code = 0x010000,
                                         .revision = 3,
                                         .subsystem_vendor_id = 0x1af4,
                                         .subsystem_id = 2};
  static constexpr uint64_t kIoSize = 0x40;
  static constexpr uint64_t kWideSize = 0x4000;

  explicit SampleFunction(std::string name = "sample", PciPin pin = PciPin::kA,
                          unsigned config_size = kPciConventionalConfig)
      : PciFunction(std::move(name), kIdentity, config_size) {
    add_bar(0, {BarType::kIo, kIoSize, false}, io_registers);
    add_msix(1, 4);
    add_bar(4, {BarType::kMemory64, kWideSize, true}, memory_registers);
    set_interrupt_pin(pin);
  }

  RecordingHandler io_registers, memory_registers;
  unsigned master_changes = 0;
  unsigned msix_changes = 0;

 protected:
  void on_bus_master_changed() override { ++master_changes; }
  void on_msix_changed() override { ++msix_changes; }
};

// Spaces and a bus with a recording router.
struct BusTestbed {
  IoSpace memory{"memory", 0};
  IoSpace io{"io", 0x10000};
  RecordingMsi msi;
  RecordingRouter router;
  PciRootBus bus{memory, io, msi};

  BusTestbed() { bus.set_intx_router(&router); }

  uint32_t read(PciAddress at, unsigned offset, unsigned size) {
    return bus.config_read(at, offset, size);
  }
  void write(PciAddress at, unsigned offset, unsigned size, uint32_t value) {
    bus.config_write(at, offset, size, value);
  }
};

// The q35 pair: host bridge, LPC bridge and the ports, mapped as a board does.
struct Q35Testbed {
  IoSpace memory{"memory", 0};
  IoSpace io{"io", 0x10000};
  RecordingMsi msi;
  RecordingSink pic, ioapic;
  RecordingHandler pm, cf9;
  PciRootBus bus{memory, io, msi};
  Q35HostBridge host{bus};
  Ich9Lpc lpc{LpcWiring{pm, pic, ioapic}};
  IoMapping address_ports, data_ports;

  Q35Testbed() {
    bus.set_intx_router(&lpc);
    (void)bus.attach(host, 0);
    (void)bus.attach(lpc, 31);
    host.address_port().set_reset_control(&cf9);
    address_ports = io.map(kConfigAddressPort, 4, host.address_port(), "PCI address");
    data_ports = io.map(kConfigDataPort, 4, host.data_port(), "PCI data");
  }

  void reset() {
    bus.for_each([](PciFunction& function) { function.reset(); });
    bus.for_each([](PciFunction& function) { function.reset_outputs(); });
  }

  // Through 0xCF8 and 0xCFC, as a guest does.
  static uint32_t latch(PciAddress at, unsigned offset) {
    return 0x80000000u | uint32_t{at.bus} << 16 | uint32_t{at.devfn()} << 8 | (offset & 0xfc);
  }
  uint32_t cf8_read(PciAddress at, unsigned offset, unsigned size) {
    io.write(kConfigAddressPort, 4, latch(at, offset));
    return static_cast<uint32_t>(io.read(kConfigDataPort + (offset & 3), size));
  }
  void cf8_write(PciAddress at, unsigned offset, unsigned size, uint32_t value) {
    io.write(kConfigAddressPort, 4, latch(at, offset));
    io.write(kConfigDataPort + (offset & 3), size, value);
  }
  static uint64_t ecam_offset(PciAddress at, unsigned offset) {
    return uint64_t{at.bus} << 20 | uint64_t{at.devfn()} << 12 | offset;
  }
};

inline std::vector<std::byte> save(Device& device) {
  Archive archive = Archive::saver();
  device.visit(archive);
  return archive.bytes();
}

// Loads and says whether every byte was used.
inline bool load(Device& device, std::vector<std::byte> bytes) {
  Archive archive = Archive::loader(std::move(bytes));
  device.visit(archive);
  return archive.ok() && archive.at_end();
}

// The generic snapshot check: save, change state (reset), load, save again;
// also that the changed state really differed.
struct SnapshotCheck {
  bool changed = false;
  bool loaded = false;
  bool equal = false;
};
inline SnapshotCheck check_snapshot(Device& device) {
  const auto before = save(device);
  device.reset();
  device.reset_outputs();
  SnapshotCheck result;
  result.changed = save(device) != before;
  result.loaded = load(device, before);
  result.equal = save(device) == before;
  return result;
}

// Numbers from a fixed seed (xorshift64*), for hostile input.
class Noise {
 public:
  explicit Noise(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545f4914f6cdd1d;
  }
  unsigned below(unsigned limit) { return static_cast<unsigned>(next() >> 32) % limit; }

 private:
  uint64_t state_;
};

}  // namespace vireo::testing
