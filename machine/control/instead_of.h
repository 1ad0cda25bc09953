// What to give in place of an option or a device of QEMU's that this machine does not have.
#pragma once

#include <string_view>

namespace vireo {

// The reason and the cure, as in "there is no USB; ...". Empty: QEMU has no such name either, or
// nothing here comes near it. `name` is an option with its one hyphen, or the model of -device.
std::string_view instead_of_option(std::string_view name);
std::string_view instead_of_device(std::string_view name);

}  // namespace vireo
