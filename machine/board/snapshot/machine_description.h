// What a machine is made of, as lines of text that two machines can be compared by.
#pragma once

#include <string>
#include <string_view>

#include "machine/base/result.h"
#include "machine/board/machine_config.h"
#include "machine/board/virtio/virtio_devices.h"
#include "pci/bus.h"

namespace vireo {

// The section of a snapshot that holds the lines, and how the one of a firmware begins.
inline constexpr std::string_view kMachineSection = "machine";
inline constexpr std::string_view kFirmwareLine = "firmware ";

// One line for each thing that a guest sees and a snapshot cannot bring: "memory 512 MiB". The
// kernel and the far ends of channels are not among them.
std::string machine_description(const MachineConfig& config, PciBus& bus, VirtioDevices& devices);

// An error names the first line in which the machines differ. `source` is where `saved` is from.
Result<void> same_machine(const std::string& saved, const std::string& mine,
                          const std::string& source);

}  // namespace vireo
