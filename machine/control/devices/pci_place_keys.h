// The properties that say where a PCI function sits: bus=, addr= and multifunction=.
#pragma once

#include <string_view>

#include "machine/base/option_parser.h"
#include "machine/base/result.h"
#include "machine/board/virtio_device_config.h"

namespace vireo {

// The rows of the three keys, for the tables of devices.
inline constexpr OptionKey kBusKey = {
    .name = "bus", .help = "id of the bus, port or bridge", .otherwise = "pcie.0"};
inline constexpr OptionKey kAddrKey = {
    .name = "addr",
    .help = "slot on the bus and function, hexadecimal: 5 or 5.1",
    .otherwise = "the next free slot"};
inline constexpr OptionKey kMultifunctionKey = {.name = "multifunction",
                                                .type = OptionType::kBool,
                                                .help = "other functions share the slot",
                                                .otherwise = "off"};

// `option` begins every error.
Result<PciPlace> take_pci_place(std::string_view option, const ParsedOptions& parsed);

}  // namespace vireo
