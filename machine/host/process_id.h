// The number of this process, for those who tell other programs of it.
#pragma once

#include <cstdint>

namespace vireo {

int64_t process_id();

}  // namespace vireo
