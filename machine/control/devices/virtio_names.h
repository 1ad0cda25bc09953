// The names of a virtio device and what they preset (QEMU's, and VirtIO 1.4 section 4.1.2).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "machine/control/devices/device_row.h"

namespace vireo {

struct VirtioName {
  const VirtioRow* row;
  std::string name;
  std::string help;
  // Nothing: the properties disable-legacy and disable-modern choose.
  std::optional<OnOffAuto> disable_legacy;
};

// All names of a row, the plain one first.
std::vector<VirtioName> names_of(const VirtioRow& row);
// Whose name this is, if anybody's.
std::optional<VirtioName> find_virtio_name(std::string_view name);

// The keys that -device takes for this name.
std::vector<OptionKey> keys_of(const VirtioName& name);

}  // namespace vireo
