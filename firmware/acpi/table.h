// The frame of every ACPI table: the 36-byte description header and its
// checksum (ACPI 6.5 section 5.2.6).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace vireo::acpi {

inline constexpr std::string_view kOemId = "VIREO";
inline constexpr std::string_view kOemTableId = "VIREOQ35";
inline constexpr std::string_view kCreatorId = "VREO";
inline constexpr uint32_t kRevision = 1;
inline constexpr size_t kHeaderBytes = 36;

// A whole table: header with length and checksum, then `body`.
std::vector<uint8_t> make_table(std::string_view signature, uint8_t revision,
                                std::span<const uint8_t> body);

}  // namespace vireo::acpi
