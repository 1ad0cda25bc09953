#include "machine/control/monitor/number_format.h"

#include <fmt/format.h>

#include <charconv>

namespace vireo {
namespace {

std::string character_text(uint64_t value) {
  const auto byte = static_cast<uint8_t>(value);
  if (byte == '\'' || byte == '\\') return fmt::format("'\\{}'", static_cast<char>(byte));
  if (byte >= 0x20 && byte < 0x7f) return fmt::format("'{}'", static_cast<char>(byte));
  return fmt::format("'\\x{:02x}'", byte);
}

int64_t sign_extended(uint64_t value, unsigned size) {
  const unsigned unused = 64 - 8 * size;
  return static_cast<int64_t>(value << unused) >> unused;
}

bool take_letter(char letter, NumberFormat& format) {
  switch (letter) {
    case 'b':
      format.size = 1;
      return true;
    case 'h':
      format.size = 2;
      return true;
    case 'w':
      format.size = 4;
      return true;
    case 'g':
      format.size = 8;
      return true;
    default:
      break;
  }
  if (std::string_view("xduoci").find(letter) == std::string_view::npos) return false;
  format.kind = letter;
  if (letter == 'c') format.size = 1;
  return true;
}

}  // namespace

std::string NumberFormat::text(uint64_t value) const {
  switch (kind) {
    case 'c':
      return character_text(value);
    case 'd':
      return fmt::format("{}", sign_extended(value, size));
    case 'u':
      return fmt::format("{}", value);
    case 'o':
      return fmt::format("0{:0{}o}", value, (size * 8 + 2) / 3);
    default:
      break;
  }
  return fmt::format("0x{:0{}x}", value, size * 2);
}

Result<NumberFormat> parse_number_format(std::string_view text, NumberFormat otherwise) {
  NumberFormat format = otherwise;
  if (text.empty()) return format;
  const Error bad{fmt::format(
      "'{}' is no format such as /4xw: a count, one of x d u o c i and one of b h w g", text)};
  const char* end = text.data() + text.size();
  const char* at = text.data() + 1;
  if (at != end && *at >= '0' && *at <= '9') {
    const auto [stop, failed] = std::from_chars(at, end, format.count);
    if (failed != std::errc{}) return bad;
    at = stop;
  }
  if (format.count == 0 || format.count > NumberFormat::kMaxCount) {
    return Error{fmt::format("'{}': the count is 1 to {}", text, NumberFormat::kMaxCount)};
  }
  for (; at != end; ++at) {
    if (!take_letter(*at, format)) return bad;
  }
  return format;
}

}  // namespace vireo
