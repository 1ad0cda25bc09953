#include "machine/board/pci_report.h"

#include "pci/secondary_bus.h"

namespace vireo {
namespace {

PciReport::Region region_of(const Bar& bar, const ConfigSpace& config) {
  const BarDescription& kind = bar.description();
  return {bar.index(),
          kind.is_io(),
          kind.prefetchable,
          kind.is_64bit(),
          bar.address(config),
          kind.size,
          bar.decoded_base(config).has_value()};
}

// Base and limit registers hold address bits from 12 (I/O) or 20 (memory) on in their upper
// 4 or 12 bits (PCI-to-PCI Bridge 1.2 section 3.2.5).
PciReport::Range io_range(const ConfigSpace& config) {
  return {uint64_t{config.get<uint8_t>(pci_reg::kIoBase)} >> 4 << 12,
          uint64_t{config.get<uint8_t>(pci_reg::kIoLimit)} >> 4 << 12 | 0xfff};
}
PciReport::Range memory_range(const ConfigSpace& config, unsigned base, unsigned limit) {
  return {uint64_t{config.get<uint16_t>(base)} >> 4 << 20,
          uint64_t{config.get<uint16_t>(limit)} >> 4 << 20 | 0xfffff};
}

PciReport::Bridge bridge_of(PciFunction& function, VirtioDevices& devices) {
  const ConfigSpace& config = function.config();
  PciReport::Bridge bridge;
  bridge.bus = config.get<uint8_t>(pci_reg::kPrimaryBus);
  bridge.secondary = config.get<uint8_t>(pci_reg::kSecondaryBus);
  bridge.subordinate = config.get<uint8_t>(pci_reg::kSubordinateBus);
  bridge.io = io_range(config);
  bridge.memory = memory_range(config, pci_reg::kMemoryBase, pci_reg::kMemoryLimit);
  bridge.prefetchable =
      memory_range(config, pci_reg::kPrefetchableBase, pci_reg::kPrefetchableLimit);
  const auto high = [&](unsigned reg) { return uint64_t{config.get<uint32_t>(reg)} << 32; };
  bridge.prefetchable.base |= high(pci_reg::kPrefetchableBaseHigh);
  bridge.prefetchable.limit |= high(pci_reg::kPrefetchableLimitHigh);
  bridge.functions = report_pci(*function.secondary_bus(), devices);
  return bridge;
}

std::string id_of(VirtioDevices& devices, const PciFunction& function) {
  std::string id;
  devices.for_each([&](VirtioUnit& unit) {
    if (unit.function.get() == &function) id = unit.config.id;
  });
  return id;
}

PciReport report_of(PciFunction& function, unsigned bus, VirtioDevices& devices) {
  const ConfigSpace& config = function.config();
  PciReport report;
  report.bus = bus;
  report.slot = function.devfn() >> 3;
  report.function = function.devfn() & 7;
  report.name = function.name();
  report.id = id_of(devices, function);
  report.class_code = config.get<uint16_t>(pci_reg::kClassCode + 1);
  report.vendor = config.get<uint16_t>(pci_reg::kVendorId);
  report.device = config.get<uint16_t>(pci_reg::kDeviceId);
  report.irq = config.get<uint8_t>(pci_reg::kInterruptLine);
  report.pin = static_cast<unsigned>(function.interrupt_pin());
  report.msix = function.msix_enabled();
  for (unsigned i = 0; i < kPciBars; ++i) {
    if (const Bar* bar = function.bar(i)) report.regions.push_back(region_of(*bar, config));
  }
  if (function.secondary_bus() != nullptr) {
    report.bridge = bridge_of(function, devices);
  } else {
    report.subsystem_vendor = config.get<uint16_t>(pci_reg::kSubsystemVendorId);
    report.subsystem = config.get<uint16_t>(pci_reg::kSubsystemId);
  }
  return report;
}

}  // namespace

std::vector<PciReport> report_pci(PciBus& bus, VirtioDevices& devices) {
  std::vector<PciReport> reports;
  bus.for_each_here([&](PciFunction& function) {
    reports.push_back(report_of(function, bus.number(), devices));
  });
  return reports;
}

}  // namespace vireo
