#include "machine/control/console_ports.h"

#include <fmt/format.h>

#include <algorithm>

namespace vireo {
namespace {

// QEMU calls the bus of device "vs" "vs.0".
bool is_bus_of(const VirtioDeviceConfig& device, const std::string& bus) {
  return bus.empty() || (!device.id.empty() && (bus == device.id || bus == device.id + ".0"));
}

Result<ConsoleConfig*> find_device(Draft& draft, const ConsolePortDraft& port) {
  bool any = false;
  for (VirtioDeviceConfig& device : draft.config.virtio_devices) {
    auto* console = std::get_if<ConsoleConfig>(&device.type);
    if (console == nullptr) continue;
    any = true;
    if (is_bus_of(device, port.bus)) return console;
  }
  if (any) {
    return Error{fmt::format("{}: bus={} is no virtio-serial device; give ID.0 for one with id=ID",
                             port.port.option, port.bus)};
  }
  return Error{fmt::format("{}: there is no virtio-serial device; give -device virtio-serial-pci",
                           port.port.option)};
}

bool taken(const ConsoleConfig& device, unsigned number) {
  return std::any_of(device.ports.begin(), device.ports.end(),
                     [&](const ConsolePortConfig& port) { return port.number == number; });
}

unsigned free_number(const ConsoleConfig& device, bool console) {
  if (console && !taken(device, 0)) return 0;
  unsigned number = 1;
  while (taken(device, number)) ++number;
  return number;
}

Result<void> connect(Draft& draft, const ConsolePortDraft& wanted) {
  auto device = find_device(draft, wanted);
  if (!device) return device.error();
  ConsolePortConfig port = wanted.port;
  port.number = wanted.number.value_or(free_number(**device, port.console));
  if (taken(**device, port.number)) {
    return Error{
        fmt::format("{}: nr={} is given twice; choose another number", port.option, port.number)};
  }
  const unsigned most = (*device)->options.max_ports;
  if (port.number >= most) {
    return Error{fmt::format("{}: nr={}: the device has ports 0 to {}; raise its max_ports=",
                             port.option, port.number, most - 1)};
  }
  (*device)->ports.push_back(std::move(port));
  return {};
}

}  // namespace

Result<void> connect_console_ports(Draft& draft) {
  for (const ConsolePortDraft& port : draft.console_ports) {
    if (auto connected = connect(draft, port); !connected) return connected;
  }
  return {};
}

}  // namespace vireo
