// The properties of every virtio function, under QEMU's names.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "machine/base/option_parser.h"
#include "machine/base/result.h"
#include "machine/board/virtio_device_config.h"

namespace vireo {

// For devices that firmware may start from.
inline constexpr OptionKey kBootindexKey = {
    .name = "bootindex",
    .type = OptionType::kNumber,
    .help = "firmware starts from the device with the lowest; 0 is the first",
    .max = INT32_MAX,
    .otherwise = "after all that have one"};

// disable-legacy and disable-modern: missing from the names that say it themselves.
std::span<const OptionKey> interface_keys();
// All others.
std::span<const OptionKey> virtio_pci_keys();

// Fills in all of a device but its model and its particular part. `disable_legacy` is what
// its name presets. `option` begins every error.
Result<VirtioDeviceConfig> take_virtio_pci_keys(std::string_view option,
                                                const ParsedOptions& parsed,
                                                std::optional<OnOffAuto> disable_legacy);

// Refuses a queue size that is no power of two, as every device with the property must.
Result<void> check_queue_size(std::string_view option, std::string_view key, uint64_t size);

}  // namespace vireo
