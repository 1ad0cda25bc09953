// What a file given as a kernel is, when it is none.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "machine/base/result.h"

namespace vireo {

// The error for a file that is no kernel of a known format: names the file, what it is by its first
// bytes, and the cure.
Error no_kernel(std::span<const std::byte> file, std::string_view name);

}  // namespace vireo
