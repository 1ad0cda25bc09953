#include "machine/control/devices/virtio_names.h"

#include <fmt/format.h>

#include "machine/control/devices/virtio_pci_keys.h"

namespace vireo {

std::vector<VirtioName> names_of(const VirtioRow& row) {
  std::vector<VirtioName> names;
  const auto add = [&](std::string_view end, std::string help, std::optional<OnOffAuto> legacy) {
    names.push_back({&row, fmt::format("{}{}", row.name, end), std::move(help), legacy});
  };
  add("-pci",
      fmt::format("{}, {}", row.help,
                  row.has_transitional_form ? "legacy and modern virtio" : "modern virtio"),
      std::nullopt);
  if (row.has_transitional_form) {
    add("-pci-transitional", "the same, by the name that says so", OnOffAuto::kOff);
  }
  add("-pci-non-transitional", "the same, modern virtio only", OnOffAuto::kOn);
  add("", fmt::format("short for {}-pci", row.name), std::nullopt);
  return names;
}

std::optional<VirtioName> find_virtio_name(std::string_view name) {
  for (const VirtioRow* row : virtio_rows()) {
    for (VirtioName& known : names_of(*row)) {
      if (known.name == name) return std::move(known);
    }
  }
  return std::nullopt;
}

std::vector<OptionKey> keys_of(const VirtioName& name) {
  std::vector<OptionKey> keys(name.row->keys.begin(), name.row->keys.end());
  if (!name.disable_legacy) {
    const auto interfaces = interface_keys();
    keys.insert(keys.end(), interfaces.begin(), interfaces.end());
  }
  const auto shared = virtio_pci_keys();
  keys.insert(keys.end(), shared.begin(), shared.end());
  return keys;
}

}  // namespace vireo
