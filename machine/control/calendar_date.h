// Dates as people write them, for -rtc base=.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vireo {

// "2026-01-31" or "2026-01-31T12:00:00" (ISO 8601, taken as UTC) in seconds
// since 1970-01-01 00:00:00; nothing when it is no such date from 1970 to 2099,
// the years that a PC's clock tells apart.
std::optional<int64_t> parse_date(std::string_view text);

}  // namespace vireo
