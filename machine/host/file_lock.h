// Locks that keep two processes from writing one disk image: open file
// description locks on the same bytes as QEMU uses, so that each sees the other.
#pragma once

#include <string>

#include "machine/base/result.h"

namespace vireo {

// Takes the locks of a user of the image on `fd`; they last until the last copy
// of the descriptor is closed. A writer excludes everybody, readers exclude
// writers only. Never waits. Where the file system has no locks, succeeds.
Result<void> lock_image(int fd, bool writer, const std::string& path);

}  // namespace vireo
