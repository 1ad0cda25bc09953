// Command lines for tests.
#pragma once

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "machine/control/command_line.h"

namespace vireo {

using Words = std::initializer_list<std::string_view>;

inline Result<CommandLine> parse_words(Words words) {
  const std::vector<std::string_view> arguments(words);
  return parse_command_line(arguments);
}

// What the words ask for, on top of "-kernel k".
inline CommandLine parse_good(Words words) {
  std::vector<std::string_view> arguments = {"-kernel", "k"};
  arguments.insert(arguments.end(), words.begin(), words.end());
  auto parsed = parse_command_line(arguments);
  const std::string error = parsed.ok() ? "" : parsed.error().message;
  REQUIRE(error == "");
  return std::move(*parsed);
}

inline std::string error_of(Words words) {
  std::vector<std::string_view> arguments = {"-kernel", "k"};
  arguments.insert(arguments.end(), words.begin(), words.end());
  const auto parsed = parse_command_line(arguments);
  return parsed.ok() ? "no error" : parsed.error().message;
}

}  // namespace vireo
