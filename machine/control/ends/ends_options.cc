// -until, -fail-on, -limit-insns and -limit-time.
#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "machine/control/ends/line_pattern.h"
#include "machine/control/handlers.h"
#include "machine/control/scheduled_command.h"

namespace vireo {
namespace {

Result<void> take_pattern(std::string_view option, std::vector<std::string>& patterns,
                          std::string_view argument) {
  std::string pattern(argument);
  if (auto good = check_line_pattern(option, pattern); !good) return good;
  patterns.push_back(std::move(pattern));
  return {};
}

uint64_t factor_of(std::string_view letter) {
  if (letter.empty()) return 1;
  if (letter == "k" || letter == "K") return 1'000;
  if (letter == "M") return 1'000'000;
  if (letter == "G") return 1'000'000'000;
  return letter == "T" ? 1'000'000'000'000 : 0;
}

// "500M": a whole number, with a letter for a power of 1000.
std::optional<uint64_t> parse_count(std::string_view text) {
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{}) return std::nullopt;
  const uint64_t factor = factor_of({stop, static_cast<size_t>(end - stop)});
  if (factor == 0 || value > UINT64_MAX / factor) return std::nullopt;
  return value * factor;
}

}  // namespace

Result<void> take_until(Draft& draft, std::string_view argument) {
  return take_pattern("-until", draft.ends.until, argument);
}

Result<void> take_fail_on(Draft& draft, std::string_view argument) {
  return take_pattern("-fail-on", draft.ends.fail_on, argument);
}

Result<void> take_limit_insns(Draft& draft, std::string_view argument) {
  draft.ends.limit_instructions = parse_count(argument);
  if (draft.ends.limit_instructions) return {};
  return Error{
      fmt::format("-limit-insns: '{}' is no number such as 1000000, 500M or 20G", argument)};
}

Result<void> take_limit_time(Draft& draft, std::string_view argument) {
  draft.ends.limit_ns = parse_duration_ns(argument);
  if (draft.ends.limit_ns) return {};
  return Error{fmt::format("-limit-time: '{}' is no time such as 30s or 500ms", argument)};
}

}  // namespace vireo
