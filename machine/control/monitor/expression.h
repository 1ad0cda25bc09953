// The numbers that a user types: sums of constants and registers, as in "$rip + 4*0x10".
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "machine/base/result.h"

namespace vireo {

// The value of a register by its name, without the $.
using RegisterLookup = std::function<std::optional<uint64_t>(std::string_view name)>;

// Decimal, 0x and 0b numbers, characters in single quotes, $REGISTER, + - * / % & | ^ ~ and
// parentheses, with the precedences of C; in 64 bits, which wrap.
Result<uint64_t> evaluate(std::string_view text, const RegisterLookup& lookup);

}  // namespace vireo
