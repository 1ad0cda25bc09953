#include "machine/board/boot_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace vireo {
namespace {

// The host bridge, by its address port.
constexpr std::string_view kRootPath = "/pci@i0cf8";

// Base class and subclass, what a function of it is called in a path, and what stands for the unit
// behind it.
struct ClassName {
  uint16_t class_code;
  std::string_view name;
  std::string_view unit;
};
constexpr ClassName kClassNames[] = {
    {0x0100, "scsi", "/disk@0,0"},
    {0x0200, "ethernet", "/ethernet-phy@0"},
    {0x0604, "pci-bridge", ""},
};

const ClassName* class_name(const ConfigSpace& config) {
  const auto code = config.get<uint16_t>(pci_reg::kClassCode + 1);
  const auto* at = std::find_if(std::begin(kClassNames), std::end(kClassNames),
                                [&](const ClassName& row) { return row.class_code == code; });
  return at == std::end(kClassNames) ? nullptr : at;
}

// One step of a path: "/scsi@4", with the function's number unless it is 0.
std::string step(const PciFunction& function) {
  const ConfigSpace& config = function.config();
  const ClassName* known = class_name(config);
  const std::string name =
      known != nullptr ? std::string(known->name)
                       : fmt::format("pci{:x},{:x}", config.get<uint16_t>(pci_reg::kVendorId),
                                     config.get<uint16_t>(pci_reg::kDeviceId));
  const unsigned number = function.devfn() & 7;
  const std::string place = fmt::format("/{}@{:x}", name, function.devfn() >> 3);
  return number == 0 ? place : fmt::format("{},{:x}", place, number);
}

// The path of `wanted`, or nothing when it is not on this bus or below.
std::string path_below(const PciBus& bus, const std::string& above, const PciFunction& wanted) {
  std::string found;
  bus.for_each_here([&](PciFunction& function) {
    const std::string path = above + step(function);
    if (&function == &wanted) found = path;
    if (const PciBus* behind = function.secondary_bus(); behind != nullptr && found.empty()) {
      found = path_below(*behind, path, wanted);
    }
  });
  return found;
}

}  // namespace

std::string boot_order_text(const PciBus& root, std::vector<BootCandidate> candidates) {
  std::sort(
      candidates.begin(), candidates.end(),
      [](const BootCandidate& one, const BootCandidate& other) { return one.index < other.index; });
  std::string text;
  for (const BootCandidate& candidate : candidates) {
    if (!text.empty()) text += '\n';
    text += path_below(root, std::string(kRootPath), *candidate.function);
    if (const ClassName* known = class_name(candidate.function->config())) text += known->unit;
  }
  if (!text.empty()) text += '\0';
  return text;
}

std::string boot_order_text(const PciBus& root, VirtioDevices& devices) {
  std::vector<BootCandidate> candidates;
  devices.for_each([&](VirtioUnit& unit) {
    if (unit.config.bootindex) candidates.push_back({unit.function.get(), *unit.config.bootindex});
  });
  return boot_order_text(root, std::move(candidates));
}

}  // namespace vireo
