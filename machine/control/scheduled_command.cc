#include "machine/control/scheduled_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "machine/control/ends/line_pattern.h"

namespace vireo {
namespace {

constexpr std::string_view kMarker = "marker=";
constexpr std::string_view kAfter = "after=";
constexpr std::string_view kInstructions = "insns=";

struct Unit {
  std::string_view name;
  uint64_t ns;
  unsigned digits;  // of a fraction that still make whole nanoseconds
};
// "s" last: the others end in it.
constexpr Unit kUnits[] = {
    {"ns", 1, 0}, {"us", 1'000, 3}, {"ms", 1'000'000, 6}, {"s", 1'000'000'000, 9}};
constexpr uint64_t kLongestSeconds = 1'000'000'000;

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// Removes the first item, up to a single comma; doubled ones become one.
std::string take_item(std::string_view& text) {
  std::string item;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == ',' && (text.empty() || text.front() != ',')) break;
    if (c == ',') text.remove_prefix(1);
    item += c;
  }
  return item;
}

// Digits only, as a number.
std::optional<uint64_t> number_of(std::string_view digits) {
  uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

Error bad_time(std::string_view option, std::string_view text) {
  return Error{fmt::format("{}: '{}' is no time such as 2.5s, 800ms or 10us", option, text)};
}

// Removes what tells the moment.
Result<ScheduledCommand> take_moment(std::string_view option, std::string_view& text) {
  ScheduledCommand scheduled;
  std::string item = take_item(text);
  if (starts_with(item, kInstructions)) {
    scheduled.instructions = number_of(std::string_view(item).substr(kInstructions.size()));
    if (scheduled.instructions) return scheduled;
    return Error{fmt::format("{}: {} is no number of instructions", option, item)};
  }
  if (starts_with(item, kMarker)) {
    scheduled.marker = item.substr(kMarker.size());
    const std::string context = fmt::format("{}: marker=", option);
    if (auto good = check_line_pattern(context, scheduled.marker); !good) return good.error();
    item = starts_with(text, kAfter) ? take_item(text).substr(kAfter.size()) : "0ns";
  }
  const auto time = parse_duration_ns(item);
  if (!time) return bad_time(option, item);
  scheduled.after_ns = *time;
  return scheduled;
}

}  // namespace

std::optional<uint64_t> parse_duration_ns(std::string_view text) {
  for (const Unit& unit : kUnits) {
    if (text.size() <= unit.name.size() ||
        text.substr(text.size() - unit.name.size()) != unit.name) {
      continue;
    }
    text.remove_suffix(unit.name.size());
    const size_t dot = std::min(text.find('.'), text.size());
    std::string fraction(text.substr(std::min(dot + 1, text.size())));
    if (fraction.size() > unit.digits || (dot + 1 == text.size())) return std::nullopt;
    fraction.resize(unit.digits, '0');
    const auto whole = number_of(text.substr(0, dot));
    const auto part = unit.digits == 0 ? std::optional<uint64_t>(0) : number_of(fraction);
    if (!whole || !part || *whole > kLongestSeconds * 1'000'000'000 / unit.ns) return std::nullopt;
    return *whole * unit.ns + *part;
  }
  return std::nullopt;
}

Result<ScheduledCommand> parse_scheduled_command(std::string_view text) {
  auto scheduled = take_moment("-at", text);
  if (!scheduled) return scheduled;
  scheduled->command = text;
  if (scheduled->command.empty()) {
    return Error{"-at: a command is missing, as in -at 2.5s,system_powerdown"};
  }
  return scheduled;
}

Result<ScheduledCommand> parse_moment(std::string_view option, std::string_view text) {
  auto scheduled = take_moment(option, text);
  if (!scheduled || text.empty()) return scheduled;
  return Error{fmt::format("{}: '{}' is too much", option, text)};
}

}  // namespace vireo
