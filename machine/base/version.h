// The version of this program, as help and whatever it writes for later tell it.
#pragma once

#include <string_view>

namespace vireo {

inline constexpr std::string_view kVireoVersion = "0.1.0";

}  // namespace vireo
