#include "machine/board/info_texts.h"

#include <fmt/format.h>

#include <vector>

#include "machine/board/virtio/open_disk.h"
#include "pci/secondary_bus.h"

namespace vireo {
namespace {

std::string bar_line(const Bar& bar, const ConfigSpace& config) {
  const BarDescription& kind = bar.description();
  const uint64_t base = bar.address(config);
  const bool decodes = bar.decoded_base(config).has_value();
  return fmt::format("    BAR{}: {}{} at {:#x} to {:#x}{}\n", bar.index(),
                     kind.is_io() ? "I/O" : (kind.is_64bit() ? "64-bit memory" : "32-bit memory"),
                     kind.prefetchable ? ", prefetchable," : "", base, base + kind.size - 1,
                     decodes ? "" : " (off)");
}

std::string function_text(PciFunction& function) {
  const ConfigSpace& config = function.config();
  std::string text = fmt::format(
      "  {:02x}.{} {}: class {:02x}{:02x}, {:04x}:{:04x}", function.devfn() >> 3,
      function.devfn() & 7, function.name(), config.get<uint8_t>(0x0b), config.get<uint8_t>(0x0a),
      config.get<uint16_t>(pci_reg::kVendorId), config.get<uint16_t>(pci_reg::kDeviceId));
  if (function.interrupt_pin() != PciPin::kNone) {
    text += fmt::format(", IRQ {} pin {}{}", config.get<uint8_t>(pci_reg::kInterruptLine),
                        static_cast<char>('A' + static_cast<int>(function.interrupt_pin()) - 1),
                        function.msix_enabled() ? ", MSI-X on" : "");
  }
  text += '\n';
  for (unsigned i = 0; i < kPciBars; ++i) {
    if (Bar* bar = function.bar(i)) text += bar_line(*bar, config);
  }
  return text;
}

// The device whose function this is, or null.
VirtioUnit* unit_of(VirtioDevices& devices, const PciFunction& function) {
  VirtioUnit* found = nullptr;
  devices.for_each([&](VirtioUnit& unit) {
    if (unit.function.get() == &function) found = &unit;
  });
  return found;
}

// A bus and, further to the right, what is behind its bridges.
std::string branch_text(PciBus& bus, VirtioDevices& devices, const std::string& indent) {
  std::string text;
  bus.for_each_here([&](PciFunction& function) {
    const VirtioUnit* unit = unit_of(devices, function);
    text += fmt::format("{}{:02x}.{} {}", indent, function.devfn() >> 3, function.devfn() & 7,
                        unit != nullptr ? unit->config.model : std::string(function.name()));
    if (unit != nullptr) text += fmt::format(", {}", titled(*unit));
    text += '\n';
    if (PciBus* behind = function.secondary_bus()) {
      text += branch_text(*behind, devices, indent + "  ");
    }
  });
  return text;
}

}  // namespace

std::string titled(const VirtioUnit& unit) {
  return unit.config.id.empty() ? std::string(unit.function->name())
                                : fmt::format("{} ({})", unit.config.id, unit.function->name());
}

std::string pci_text(PciBus& bus) {
  std::string text = fmt::format("bus {}:\n", bus.number());
  std::string behind;
  bus.for_each_here([&](PciFunction& function) {
    text += function_text(function);
    if (function.secondary_bus() != nullptr) behind += pci_text(*function.secondary_bus());
  });
  return text + behind;
}

std::string device_tree_text(PciBus& bus, VirtioDevices& devices) {
  return "bus: pcie.0\n" + branch_text(bus, devices, "  ");
}

std::string block_text(const MachineConfig& config, VirtioDevices& devices,
                       const SystemFlash* flash) {
  std::string text;
  const auto add = [&text](const std::string& device, const DriveConfig& drive) {
    text += fmt::format("{}: drive {}, {}{}{}\n", device, drive.id, drive.path,
                        drive.read_only ? ", read-only" : "",
                        drive.snapshot ? ", writes are forgotten" : "");
  };
  for (unsigned unit = 0; flash != nullptr && flash->bytes(unit) != 0; ++unit) {
    add(fmt::format("system.flash{}", unit), *config.firmware.flash[unit]);
  }
  devices.for_each([&](VirtioUnit& unit) {
    const auto* disk = std::get_if<BlkConfig>(&unit.config.type);
    if (disk == nullptr) return;
    const DriveConfig* drive = find_drive(config, disk->drive);
    if (drive != nullptr) add(titled(unit), *drive);
  });
  return text.empty() ? "no disks\n" : text;
}

}  // namespace vireo
