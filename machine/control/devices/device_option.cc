#include "machine/control/devices/device_option.h"

#include <fmt/format.h>

#include "machine/base/nearest_name.h"
#include "machine/control/devices/virtio_names.h"
#include "machine/control/devices/virtio_pci_keys.h"
#include "machine/control/handlers.h"
#include "machine/control/instead_of.h"

namespace vireo {
namespace {

// "NAME,PROPERTY=VALUE...", divided at the first comma.
struct DeviceText {
  explicit DeviceText(std::string_view text) : name(text.substr(0, text.find(','))) {
    if (name.size() < text.size()) properties = text.substr(name.size() + 1);
  }
  std::string_view name;
  std::string_view properties;
};

std::string devices_help() {
  std::string text = "Devices (properties: -device NAME,help):\n";
  const auto line = [&](std::string_view name, std::string_view help) {
    text += fmt::format("  {:<32} {}\n", name, help);
  };
  for (const VirtioRow* row : virtio_rows()) {
    for (const VirtioName& name : names_of(*row)) line(name.name, name.help);
  }
  for (const PlainDeviceRow* row : plain_device_rows()) line(row->name, row->help);
  return text;
}

std::string properties_help(std::string_view name, std::span<const OptionKey> keys) {
  return fmt::format("{} properties:\n{}", name, option_keys_help(keys));
}

Error unknown_device(std::string_view verb, std::string_view name) {
  if (const auto instead = instead_of_device(name); !instead.empty()) {
    return Error{fmt::format("{} {}: {}", verb, name, instead)};
  }
  const std::vector<std::string> names = device_names();
  return Error{
      fmt::format("{}: unknown device '{}'; the nearest is '{}' (list: -device help)", verb, name,
                  nearest_name(name, std::vector<std::string_view>(names.begin(), names.end())))};
}

Result<VirtioDeviceConfig> virtio_device(const std::string& option, const VirtioName& name,
                                         const ParsedOptions& parsed) {
  auto type = name.row->parse(option, parsed);
  if (!type) return type.error();
  auto device = take_virtio_pci_keys(option, parsed, name.disable_legacy);
  if (!device) return device;
  device->model = name.name;
  device->type = std::move(*type);
  return device;
}

Result<void> take_virtio(Draft& draft, const VirtioName& name, std::string_view properties) {
  const std::string option = fmt::format("-device {}", name.name);
  const std::vector<OptionKey> keys = keys_of(name);
  const auto parsed = parse_options(option, properties, keys);
  if (!parsed) return parsed.error();
  if (parsed->help_wanted()) {
    draft.print = properties_help(name.name, keys);
    return {};
  }
  auto device = virtio_device(option, name, *parsed);
  if (!device) return device.error();
  draft.config.virtio_devices.push_back(std::move(*device));
  return {};
}

Result<void> take_plain(Draft& draft, const PlainDeviceRow& row, std::string_view properties) {
  const std::string option = fmt::format("-device {}", row.name);
  const auto parsed = parse_options(option, properties, row.keys);
  if (!parsed) return parsed.error();
  if (!parsed->help_wanted()) return row.take(draft, option, *parsed);
  draft.print = properties_help(row.name, row.keys);
  return {};
}

}  // namespace

Result<void> take_device(Draft& draft, std::string_view argument) {
  const DeviceText text(argument);
  if (text.name == "help" || text.name == "?") {
    draft.print = devices_help();
    return {};
  }
  if (const auto name = find_virtio_name(text.name)) {
    return take_virtio(draft, *name, text.properties);
  }
  for (const PlainDeviceRow* row : plain_device_rows()) {
    if (row->name == text.name) return take_plain(draft, *row, text.properties);
  }
  return unknown_device("-device", text.name);
}

Result<VirtioDeviceConfig> parse_virtio_device(std::string_view verb, std::string_view text) {
  const DeviceText divided(text);
  const auto name = find_virtio_name(divided.name);
  if (!name) {
    for (const PlainDeviceRow* row : plain_device_rows()) {
      if (row->name != divided.name) continue;
      return Error{fmt::format("{} {}: only virtio devices can be added to a running machine", verb,
                               row->name)};
    }
    return unknown_device(verb, divided.name);
  }
  const std::string option = fmt::format("{} {}", verb, name->name);
  const auto parsed = parse_options(option, divided.properties, keys_of(*name));
  if (!parsed) return parsed.error();
  return virtio_device(option, *name, *parsed);
}

}  // namespace vireo
