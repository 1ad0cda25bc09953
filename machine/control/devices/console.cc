// -device virtio-serial-pci, virtconsole and virtserialport: a serial device and its ports.
#include <fmt/format.h>

#include "machine/control/devices/device_row.h"

namespace vireo {
namespace {

constexpr OptionKey kDeviceKeys[] = {
    {.name = "max_ports",
     .type = OptionType::kNumber,
     .help = "ports there can be; 1: a single console",
     .min = 1,
     .max = VirtioConsoleOptions::kMostPorts,
     .otherwise = "31"},
    {.name = "emergency-write",
     .type = OptionType::kBool,
     .help = "offer the register for output without a queue",
     .otherwise = "on"},
};

constexpr OptionKey kPortKeys[] = {
    {.name = "chardev", .help = "id of the -chardev at the far end", .otherwise = "none"},
    {.name = "name", .help = "what the guest finds the port by"},
    {.name = "nr",
     .type = OptionType::kNumber,
     .help = "the port's number; 0 is for a console",
     .max = VirtioConsoleOptions::kMostPorts - 1,
     .otherwise = "the next free one"},
    {.name = "bus", .help = "ID.0 of a virtio-serial device", .otherwise = "the first one"},
    {.name = "id", .help = "name of the device"},
};

Result<VirtioTypeConfig> parse(std::string_view, const ParsedOptions& parsed) {
  ConsoleConfig console;
  console.options.max_ports =
      static_cast<unsigned>(parsed.number("max_ports", console.options.max_ports));
  console.options.emergency_write = parsed.flag("emergency-write", console.options.emergency_write);
  return VirtioTypeConfig(std::move(console));
}

Result<void> take_port(Draft& draft, std::string_view option, const ParsedOptions& parsed,
                       bool console) {
  ConsolePortDraft draft_port;
  ConsolePortConfig& port = draft_port.port;
  port.option = option;
  port.console = console;
  port.chardev = parsed.text("chardev");
  port.name = parsed.text("name");
  draft_port.bus = parsed.text("bus");
  if (parsed.has("nr")) draft_port.number = static_cast<unsigned>(parsed.number("nr", 0));
  if (!console && draft_port.number == 0u) {
    return Error{fmt::format("{}: nr=0 is for a virtconsole; use 1 or more", option)};
  }
  draft.console_ports.push_back(std::move(draft_port));
  return {};
}

Result<void> take_console(Draft& draft, std::string_view option, const ParsedOptions& parsed) {
  return take_port(draft, option, parsed, true);
}
Result<void> take_serial_port(Draft& draft, std::string_view option, const ParsedOptions& parsed) {
  return take_port(draft, option, parsed, false);
}

}  // namespace

const VirtioRow kSerialRow = {.name = "virtio-serial",
                              .help = "serial ports and consoles",
                              .keys = kDeviceKeys,
                              .parse = parse};
const PlainDeviceRow kVirtconsoleRow = {.name = "virtconsole",
                                        .help = "a console (hvc0) of a virtio-serial device",
                                        .keys = kPortKeys,
                                        .take = take_console};
const PlainDeviceRow kVirtserialportRow = {.name = "virtserialport",
                                           .help = "a named port of a virtio-serial device",
                                           .keys = kPortKeys,
                                           .take = take_serial_port};

}  // namespace vireo
