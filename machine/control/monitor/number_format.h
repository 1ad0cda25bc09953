// The "/COUNT FORMAT SIZE" of the monitor's x, xp, p and i: "/4xw", "/10i".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "machine/base/result.h"

namespace vireo {

struct NumberFormat {
  static constexpr unsigned kMaxCount = 64 * 1024;

  unsigned count = 1;
  char kind = 'x';    // x hexadecimal, d signed, u unsigned, o octal, c character, i instruction
  unsigned size = 4;  // bytes of a number: 1 (b), 2 (h), 4 (w) or 8 (g)

  // One number as the kind has it; `value` has `size` bytes.
  std::string text(uint64_t value) const;
  // How many go on a line.
  unsigned per_line() const { return kind == 'c' ? 8 : (size == 8 ? 2 : (size == 1 ? 8 : 4)); }
};

// `text` is empty or begins with '/'. `otherwise` is what it does not say.
Result<NumberFormat> parse_number_format(std::string_view text, NumberFormat otherwise);

}  // namespace vireo
