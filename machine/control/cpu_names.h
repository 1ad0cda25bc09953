// Names of makers' processors that scripts give to -cpu, and the models that stand for them.
#pragma once

#include <string_view>

namespace vireo {

// The model of this program that has the instruction set of the processor `name`, as far as
// x86-64-v1 to v3 go; empty when it is no name of a maker's processor. What makers and QEMU put
// behind a name ("-v2", "-IBRS", "-noTSX") does not matter.
std::string_view model_in_place_of(std::string_view name);

}  // namespace vireo
