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

constexpr OptionKey reserve(std::string_view name, std::string_view help, OptionType type,
                            uint64_t max = UINT64_MAX - 1) {
  return {.name = name, .type = type, .help = help, .max = max, .otherwise = "what is there needs"};
}
constexpr OptionKey kBusReserve =
    reserve("bus-reserve", "bus numbers kept by firmware for later", OptionType::kNumber, 254);
constexpr OptionKey kIoReserve = reserve("io-reserve", "I/O ports kept", OptionType::kSize);
constexpr OptionKey kMemReserve =
    reserve("mem-reserve", "memory space kept", OptionType::kSize, UINT32_MAX - 1);
constexpr OptionKey kPref32Reserve =
    reserve("pref32-reserve", "prefetchable memory space below 4 GiB kept", OptionType::kSize,
            UINT32_MAX - 1);
constexpr OptionKey kPref64Reserve =
    reserve("pref64-reserve", "prefetchable memory space anywhere kept", OptionType::kSize);

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
    kBusReserve,
    kIoReserve,
    kMemReserve,
    kPref32Reserve,
    kPref64Reserve,
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
    kBusReserve,
    kIoReserve,
    kMemReserve,
    kPref32Reserve,
    kPref64Reserve,
};

Result<BridgeReservation> take_reservation(std::string_view option, const ParsedOptions& parsed) {
  if (parsed.has("pref32-reserve") && parsed.has("pref64-reserve")) {
    return Error{fmt::format("{}: give one of pref32-reserve= and pref64-reserve=", option)};
  }
  BridgeReservation kept;
  const auto word = [&](std::string_view key) {
    return static_cast<uint32_t>(parsed.number(key, UINT32_MAX));
  };
  kept.buses = word("bus-reserve");
  kept.io = parsed.number("io-reserve", UINT64_MAX);
  kept.memory = word("mem-reserve");
  kept.prefetchable32 = word("pref32-reserve");
  kept.prefetchable64 = parsed.number("pref64-reserve", UINT64_MAX);
  return kept;
}

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
  const auto reservation = take_reservation(option, parsed);
  if (!reservation) return reservation.error();
  bridge.reservation = *reservation;
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
