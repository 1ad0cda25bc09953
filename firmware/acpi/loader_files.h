// The ACPI tables as files for a firmware that places them itself, with the commands that tell it
// how: where to put each file, which words are pointers, which bytes checksums (QEMU, the
// "etc/table-loader" file of its firmware configuration device).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "firmware/platform_description.h"

namespace vireo::acpi {

inline constexpr std::string_view kTablesFile = "etc/acpi/tables";
inline constexpr std::string_view kRsdpFile = "etc/acpi/rsdp";
inline constexpr std::string_view kLoaderFile = "etc/table-loader";

// Pointers in `tables` and `rsdp` are offsets into `tables`; checksums are 0.
struct LoaderFiles {
  std::vector<uint8_t> tables;
  std::vector<uint8_t> rsdp;
  std::vector<uint8_t> commands;
};

LoaderFiles make_loader_files(const PlatformDescription& platform);

}  // namespace vireo::acpi
