#include "machine/control/ends/line_pattern.h"

#include <fmt/format.h>

namespace vireo {

Result<void> check_line_pattern(std::string_view option, const std::string& pattern) {
  if (pattern.empty()) return Error{fmt::format("{} needs a regular expression", option)};
  try {
    (void)std::regex(pattern);
  } catch (const std::regex_error&) {
    return Error{
        fmt::format("{}: '{}' is no regular expression; put a backslash before characters such "
                    "as ( [ * that stand for themselves",
                    option, pattern)};
  }
  return {};
}

bool line_matches(std::string_view line, const std::regex& pattern) {
  try {
    return std::regex_search(line.begin(), line.end(), pattern);
  } catch (const std::regex_error&) {
    return false;
  }
}

}  // namespace vireo
