// Whole transfers on file descriptors: interrupted and short calls are finished
// here, once for every user.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "machine/base/result.h"

namespace vireo {

// "cannot read disk.img: Input/output error", from errno. `cure` may be empty;
// it follows after a semicolon.
Error errno_error(const std::string& action, const std::string& object,
                  const std::string& cure = {});

// Reads or writes all of the span at `offset`. `name` is the file in an error.
Result<void> read_fully_at(int fd, uint64_t offset, std::span<std::byte> out,
                           const std::string& name);
Result<void> write_fully_at(int fd, uint64_t offset, std::span<const std::byte> in,
                            const std::string& name);

}  // namespace vireo
