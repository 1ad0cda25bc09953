// Regular expressions for lines that a guest prints: options that wait for some of them.
#pragma once

#include <regex>
#include <string>
#include <string_view>

#include "machine/base/result.h"

namespace vireo {

// Whether it is an ECMAScript expression; the error begins with `option` and says what to write.
Result<void> check_line_pattern(std::string_view option, const std::string& pattern);

// Whether the expression is found in the line. The line is the guest's: one that the expression
// cannot cope with does not match.
bool line_matches(std::string_view line, const std::regex& pattern);

}  // namespace vireo
