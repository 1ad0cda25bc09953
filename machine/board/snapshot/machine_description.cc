#include "machine/board/snapshot/machine_description.h"

#include <fmt/format.h>

#include <sstream>

#include "pci/config_space.h"

namespace vireo {
namespace {

std::string serial_ports(const MachineConfig& config) {
  std::string text;
  for (size_t i = 0; i < config.serials.size(); ++i) {
    if (config.serials[i].kind != ChannelSpec::Kind::kNone) text += fmt::format(" {}", i);
  }
  return text.empty() ? " none" : text;
}

std::string board_lines(const MachineConfig& config) {
  const CpuTopology& cpus = config.topology;
  std::string text = fmt::format(
      "memory {} MiB\ncpu {}\nvCPUs {} sockets, {} cores, {} threads\n"
      "icount shift {}\nserial ports{}\n",
      config.memory_bytes / kMiB, config.cpu_model, cpus.sockets, cpus.cores, cpus.threads,
      config.icount.shift, serial_ports(config));
  if (config.debug_console) {
    text += fmt::format("debug console at {:#x}\n", config.debug_console->iobase);
  }
  if (config.debug_exit) {
    text += fmt::format("isa-debug-exit at {:#x}, {} ports\n", config.debug_exit->iobase,
                        config.debug_exit->iosize);
  }
  return text;
}

std::string function_line(const PciFunction& function) {
  const ConfigSpace& config = function.config();
  return fmt::format("PCI {:02x}.{} {} {:04x}:{:04x}\n", function.devfn() >> 3,
                     function.devfn() & 7, function.name(),
                     config.get<uint16_t>(pci_reg::kVendorId),
                     config.get<uint16_t>(pci_reg::kDeviceId));
}

// Features tell most properties of a device.
std::string unit_line(VirtioUnit& unit) {
  const VirtioCore& core = unit.function->core();
  return fmt::format("{}: features {:#x} and {:#x}\n", unit.function->name(),
                     core.offered_features(VirtioInterface::kLegacy),
                     core.offered_features(VirtioInterface::kModern));
}

}  // namespace

std::string machine_description(const MachineConfig& config, PciBus& bus, VirtioDevices& devices) {
  std::string text = board_lines(config);
  bus.for_each([&](PciFunction& function) { text += function_line(function); });
  devices.for_each([&](VirtioUnit& unit) { text += unit_line(unit); });
  return text;
}

Result<void> same_machine(const std::string& saved, const std::string& mine,
                          const std::string& source) {
  std::istringstream theirs(saved), ours(mine);
  for (;;) {
    std::string their_line, our_line;
    const bool more = static_cast<bool>(std::getline(theirs, their_line));
    if (!std::getline(ours, our_line) && !more) return {};
    if (their_line == our_line) continue;
    const auto shown = [](const std::string& line) { return line.empty() ? "nothing" : line; };
    return Error{fmt::format("{}: saved from another machine: it had '{}' where this one has '{}'",
                             source, shown(their_line), shown(our_line))};
  }
}

}  // namespace vireo
