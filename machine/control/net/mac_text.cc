#include "machine/control/net/mac_text.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace vireo {
namespace {

std::optional<std::array<uint8_t, 6>> six_bytes(std::string_view text) {
  std::array<uint8_t, 6> mac{};
  for (size_t i = 0; i < mac.size(); ++i) {
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), mac[i], 16);
    const auto length = static_cast<size_t>(stop - text.data());
    if (error != std::errc{} || length > 2) return std::nullopt;
    text.remove_prefix(length);
    const bool last = i + 1 == mac.size();
    if (last != text.empty() || (!last && text[0] != ':')) return std::nullopt;
    if (!last) text.remove_prefix(1);
  }
  return mac;
}

}  // namespace

Result<std::array<uint8_t, 6>> parse_mac(std::string_view option, std::string_view key,
                                         std::string_view text) {
  const auto mac = six_bytes(text);
  if (!mac) {
    return Error{
        fmt::format("{}: {}={} is no address such as 52:54:00:12:34:56", option, key, text)};
  }
  if ((*mac)[0] & 1) {
    return Error{fmt::format("{}: {}={} is a multicast address; its first byte must be even",
                             option, key, text)};
  }
  return *mac;
}

}  // namespace vireo
