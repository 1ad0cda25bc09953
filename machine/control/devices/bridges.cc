// -device pcie-root-port, pci-bridge and pcie-pci-bridge: buses besides the root bus.
#include <fmt/format.h>

#include "machine/control/devices/device_row.h"
#include "machine/control/devices/pci_place_keys.h"

namespace vireo {
namespace {

constexpr OptionKey kIdKey = {.name = "id", .help = "name of the bridge and of the bus behind it"};
constexpr OptionKey kChassisKey = {.name = "chassis",
                                   .type = OptionType::kNumber,
                                   .help = "number of the enclosure, which no guest sees",
                                   .max = 255,
                                   .otherwise = "0"};

constexpr OptionKey kPortKeys[] = {
    kIdKey,
    kBusKey,
    kAddrKey,
    kMultifunctionKey,
    kChassisKey,
    {.name = "slot",
     .type = OptionType::kNumber,
     .help = "number of the slot",
     .max = 8191,
     .otherwise = "counted from 0"},
    {.name = "port",
     .type = OptionType::kNumber,
     .help = "number of the link",
     .max = 255,
     .otherwise = "0"},
    {.name = "hotplug",
     .type = OptionType::kBool,
     .help = "the slot takes cards while the machine runs",
     .otherwise = "on"},
};
constexpr OptionKey kBridgeKeys[] = {kIdKey, kBusKey, kAddrKey, kMultifunctionKey};
constexpr OptionKey kConventionalKeys[] = {
    kIdKey,
    kBusKey,
    kAddrKey,
    kMultifunctionKey,
    {.name = "chassis_nr",
     .type = OptionType::kNumber,
     .help = "number of the enclosure, which no guest sees",
     .max = 255,
     .otherwise = "0"},
};

Result<void> take(Draft& draft, PciBridgeKind kind, std::string_view model, std::string_view option,
                  const ParsedOptions& parsed) {
  PciBridgeConfig bridge;
  bridge.kind = kind;
  bridge.id = parsed.text("id");
  bridge.model = model;
  if (bridge.id.empty()) {
    return Error{fmt::format("{}: id= is missing; devices name it by bus=", option)};
  }
  const auto place = take_pci_place(option, parsed);
  if (!place) return place.error();
  bridge.place = *place;
  if (parsed.has("slot")) bridge.slot = static_cast<int>(parsed.number("slot", 0));
  bridge.port = static_cast<uint8_t>(parsed.number("port", 0));
  bridge.hotplug = parsed.flag("hotplug", true);
  draft.config.pci_bridges.push_back(std::move(bridge));
  return {};
}

constexpr std::string_view kRootPort = "pcie-root-port";
constexpr std::string_view kBridge = "pci-bridge";
constexpr std::string_view kExpressBridge = "pcie-pci-bridge";

Result<void> take_root_port(Draft& draft, std::string_view option, const ParsedOptions& parsed) {
  return take(draft, PciBridgeKind::kRootPort, kRootPort, option, parsed);
}
Result<void> take_bridge(Draft& draft, std::string_view option, const ParsedOptions& parsed) {
  return take(draft, PciBridgeKind::kConventional, kBridge, option, parsed);
}
Result<void> take_express_bridge(Draft& draft, std::string_view option,
                                 const ParsedOptions& parsed) {
  return take(draft, PciBridgeKind::kExpressToConventional, kExpressBridge, option, parsed);
}

}  // namespace

const PlainDeviceRow kRootPortRow = {.name = kRootPort,
                                     .help = "PCI Express slot on pcie.0, for device_add as well",
                                     .keys = kPortKeys,
                                     .take = take_root_port};
const PlainDeviceRow kBridgeRow = {.name = kBridge,
                                   .help = "32 more conventional slots",
                                   .keys = kConventionalKeys,
                                   .take = take_bridge};
const PlainDeviceRow kExpressBridgeRow = {
    .name = kExpressBridge,
    .help = "32 conventional slots behind a pcie-root-port or on pcie.0",
    .keys = kBridgeKeys,
    .take = take_express_bridge};

}  // namespace vireo
