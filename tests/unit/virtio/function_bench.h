// Any virtio device as a PCI function on a bus, with BARs placed and virtual time at hand:
// the tests play firmware and driver.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

#include "machine/base/event_queue.h"
#include "machine/base/virtual_clock.h"
#include "tests/unit/pci/pci_testbed.h"
#include "tests/unit/virtio/driver_kit.h"
#include "virtio/transport/pci_function.h"

namespace vireo::testing {

// Common configuration offsets (VirtIO 1.4 section 4.1.4.3).
namespace common {
inline constexpr unsigned kDeviceFeatureSelect = 0x00, kDeviceFeature = 0x04,
                          kDriverFeatureSelect = 0x08, kDriverFeature = 0x0c, kConfigVector = 0x10,
                          kNumQueues = 0x12, kStatus = 0x14, kGeneration = 0x15,
                          kQueueSelect = 0x16, kQueueSize = 0x18, kQueueVector = 0x1a,
                          kQueueEnable = 0x1c, kQueueNotifyOff = 0x1e, kQueueDesc = 0x20,
                          kQueueDriver = 0x28, kQueueDevice = 0x30, kNotifyConfigData = 0x38,
                          kQueueReset = 0x3a, kAdminIndex = 0x3c, kAdminCount = 0x3e;
}  // namespace common

// Legacy register offsets (section 4.1.4.10).
namespace legacy {
inline constexpr unsigned kDeviceFeatures = 0x00, kDriverFeatures = 0x04, kQueuePfn = 0x08,
                          kQueueSize = 0x0c, kQueueSelect = 0x0e, kNotify = 0x10, kStatus = 0x12,
                          kIsr = 0x13, kConfigVector = 0x14, kQueueVector = 0x16;
}  // namespace legacy

// Built by the test or a derived bench: `plug` takes the device.
struct FunctionBench : BusTestbed {
  static constexpr PciAddress kSlot{0, 3, 0};
  static constexpr uint16_t kLegacyPort = 0xc000;
  static constexpr uint16_t kNotifyPort = 0xc100;
  static constexpr uint64_t kMsix = 0xfebf0000;
  static constexpr uint64_t kModernAddr = 0x800000000;
  static constexpr uint64_t kIsrAddr = kModernAddr + 0x1000;
  static constexpr uint64_t kDeviceAddr = kModernAddr + 0x2000;
  static constexpr uint64_t kNotifyAddr = kModernAddr + 0x3000;

  static constexpr uint64_t kRing = 0x10000;  // queue i at + i * 0x10000
  static constexpr uint64_t kUsualFeatures = virtio_feature::kVersion1;

  void plug(std::unique_ptr<VirtioDevice> device, const VirtioPciOptions& options = {},
            const std::string& name = "virtio0") {
    auto made = VirtioPciFunction::create(name, std::move(device), options, {ram, events});
    REQUIRE(made.ok());
    function = std::move(made).value();
    REQUIRE(bus.attach(*function, kSlot.device).ok());
    place_bars();
  }

  // What firmware does: addresses, then decoding and bus mastering on.
  void place_bars() {
    cfg_write(0x10, 4, kLegacyPort);
    cfg_write(0x14, 4, kMsix);
    cfg_write(0x18, 4, kNotifyPort);
    cfg_write(0x20, 4, static_cast<uint32_t>(kModernAddr));
    cfg_write(0x24, 4, static_cast<uint32_t>(kModernAddr >> 32));
    cfg_write(0x04, 2, 7);
  }

  uint32_t cfg(unsigned offset, unsigned size) { return read(kSlot, offset, size); }
  void cfg_write(unsigned offset, unsigned size, uint32_t value) {
    write(kSlot, offset, size, value);
  }
  // The offset of a capability: MSI-X by id, virtio structures by type (n-th of its kind).
  unsigned capability(uint8_t id, int type = -1, unsigned nth = 0) {
    for (unsigned at = cfg(0x34, 1); at != 0; at = cfg(at + 1, 1)) {
      if (cfg(at, 1) != id || (type >= 0 && cfg(at + 3, 1) != static_cast<uint32_t>(type)))
        continue;
      if (nth-- == 0) return at;
    }
    return 0;
  }
  unsigned structure(int type, unsigned nth = 0) { return capability(9, type, nth); }

  uint64_t get(unsigned offset, unsigned size) { return memory.read(kModernAddr + offset, size); }
  void set(unsigned offset, unsigned size, uint64_t value) {
    memory.write(kModernAddr + offset, size, value);
  }
  uint64_t port(unsigned offset, unsigned size) { return io.read(kLegacyPort + offset, size); }
  void set_port(unsigned offset, unsigned size, uint64_t value) {
    io.write(kLegacyPort + offset, size, value);
  }
  uint8_t status() { return static_cast<uint8_t>(get(common::kStatus, 1)); }
  void set_status(uint8_t value) { set(common::kStatus, 1, value); }
  uint8_t isr() { return static_cast<uint8_t>(memory.read(kIsrAddr, 1)); }
  bool wire() { return router.level[kSlot.device][0]; }

  uint64_t offered() {
    uint64_t bits = 0;
    for (unsigned word : {0u, 1u}) {
      set(common::kDeviceFeatureSelect, 4, word);
      bits |= get(common::kDeviceFeature, 4) << (32 * word);
    }
    return bits;
  }
  void acknowledge(uint64_t features) {
    for (unsigned word : {0u, 1u}) {
      set(common::kDriverFeatureSelect, 4, word);
      set(common::kDriverFeature, 4, features >> (32 * word) & UINT32_MAX);
    }
  }
  // Up to and including FEATURES_OK, from reset.
  void negotiate(uint64_t features = kUsualFeatures) {
    set_status(0);
    set_status(1);
    set_status(3);
    acknowledge(features);
    set_status(11);
    REQUIRE(status() == 11);
  }
  DriverRing enable_queue(unsigned index = 0, uint16_t size = 8) {
    DriverRing ring(ram, DriverRing::layout_at(kRing + 0x10000 * index, size));
    ram.fill(ring.layout().descriptors, 0x10000, std::byte{0});
    set(common::kQueueSelect, 2, index);
    set(common::kQueueSize, 2, size);
    set(common::kQueueDesc, 8, ring.layout().descriptors.value);
    set(common::kQueueDriver, 8, ring.layout().driver_area.value);
    set(common::kQueueDevice, 8, ring.layout().device_area.value);
    set(common::kQueueEnable, 2, 1);
    return ring;
  }
  // A complete modern start with queue 0.
  DriverRing start(uint64_t features = kUsualFeatures) {
    negotiate(features);
    DriverRing ring = enable_queue();
    set_status(15);
    return ring;
  }
  // A complete legacy start with queue 0 at kRing.
  DriverRing start_legacy(uint32_t features = 0) {
    set_port(legacy::kStatus, 1, 0);
    set_port(legacy::kStatus, 1, 1);
    set_port(legacy::kStatus, 1, 3);
    set_port(legacy::kDriverFeatures, 4, features);
    DriverRing ring = set_pfn();
    set_port(legacy::kStatus, 1, 7);
    return ring;
  }
  DriverRing set_pfn(unsigned index = 0) {
    set_port(legacy::kQueueSelect, 2, index);
    const auto size = static_cast<uint16_t>(port(legacy::kQueueSize, 2));
    const uint32_t pfn = static_cast<uint32_t>((kRing + 0x10000 * index) >> 12);
    ram.fill(GuestAddr{kRing + 0x10000 * index}, 0x10000, std::byte{0});
    set_port(legacy::kQueuePfn, 4, pfn);
    return DriverRing(ram, legacy_split_layout(pfn, size));
  }

  void kick(unsigned queue = 0) { memory.write(kNotifyAddr + 4 * queue, 2, queue); }
  // Lets virtual time pass until nothing is pending; a bound catches endless work.
  void settle() {
    for (int i = 0; events.next_deadline_ns() && i < 1000; ++i) {
      const uint64_t deadline = *events.next_deadline_ns();
      if (deadline > clock.now_ns()) clock.skip_idle(deadline - clock.now_ns());
      events.run_due();
    }
    REQUIRE_FALSE(events.next_deadline_ns().has_value());
  }

  // MSI-X on, with every entry unmasked and data 0x40 + vector.
  void enable_msix() {
    const unsigned at = capability(0x11);
    const unsigned vectors = (cfg(at + 2, 2) & 0x7ff) + 1;
    for (unsigned i = 0; i < vectors; ++i) {
      memory.write(kMsix + 16 * i, 4, 0xfee00000);
      memory.write(kMsix + 16 * i + 4, 4, 0);
      memory.write(kMsix + 16 * i + 8, 4, 0x40 + i);
      memory.write(kMsix + 16 * i + 12, 4, 0);
    }
    cfg_write(at + 2, 2, 0x8000);
  }
  void disable_msix() { cfg_write(capability(0x11) + 2, 2, 0); }

  GuestMemory ram = GuestMemory::on_heap(1 << 20);
  VirtualClock clock;
  EventQueue events{clock};
  std::unique_ptr<VirtioPciFunction> function;
};

}  // namespace vireo::testing
