#include "machine/base/address_filter.h"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "machine/base/option_parser.h"

namespace vireo {
namespace {

constexpr std::string_view kDots = "..";

struct Ends {
  uint64_t first, last;
};

// Where the second number ends the range, by the sign between them.
std::optional<Ends> range_of(char sign, uint64_t start, uint64_t other) {
  if (sign == '.') return other < start ? std::nullopt : std::optional(Ends{start, other});
  if (other == 0) return std::nullopt;
  const uint64_t more = other - 1;
  if (sign == '+') {
    return start + more < start ? std::nullopt : std::optional(Ends{start, start + more});
  }
  return more > start ? std::nullopt : std::optional(Ends{start - more, start});
}

std::optional<Ends> parse_range(std::string_view text) {
  const size_t at = text.find_first_of(".+-");
  if (at == std::string_view::npos) return std::nullopt;
  const char sign = text[at];
  const size_t width = sign == '.' ? kDots.size() : 1;
  if (sign == '.' && text.substr(at, width) != kDots) return std::nullopt;
  const auto start = parse_number(text.substr(0, at));
  const auto other = parse_number(text.substr(at + width));
  if (!start || !other) return std::nullopt;
  return range_of(sign, *start, *other);
}

}  // namespace

Result<AddressFilter> AddressFilter::parse(std::string_view text) {
  AddressFilter filter;
  for (const std::string& item : split_option_items(text)) {
    const auto ends = parse_range(item);
    if (!ends) {
      return Error{fmt::format("-dfilter: '{}' is no range of addresses such as "
                               "0x1000..0x1fff, 0x1000+0x100 or 0x1fff-0x100",
                               item)};
    }
    filter.ranges_.push_back({ends->first, ends->last});
  }
  if (filter.ranges_.empty()) return Error{"-dfilter: give a range of addresses"};
  return filter;
}

}  // namespace vireo
