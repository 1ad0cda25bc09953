// `vireo img ...`: the sub-commands for disk images, with qemu-img's names and options.
#pragma once

#include <span>
#include <string_view>

namespace vireo {

// `words` are those behind "img". Returns the exit code: 0; 1 for a mistake on the command line or
// a file that cannot be read or written; of `check`, 2 for corruptions, 3 for leaks alone, and 63
// for a format that has nothing to check, as qemu-img does.
int run_img_command(std::span<const std::string_view> words);

}  // namespace vireo
