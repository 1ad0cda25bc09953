// Ethernet addresses as users write them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "machine/base/result.h"

namespace vireo {

// "52:54:00:12:34:56", of a card: not a multicast address. The error begins with the option
// and names the property.
Result<std::array<uint8_t, 6>> parse_mac(std::string_view option, std::string_view key,
                                         std::string_view text);

}  // namespace vireo
