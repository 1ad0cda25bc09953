// Which files a command line reads and which it writes.
#pragma once

#include "machine/base/result.h"
#include "machine/control/draft.h"

namespace vireo {

// What the run writes must be neither what it reads nor written twice: the file would be
// emptied or torn. The error names the option and the file. Names are compared as they were given.
Result<void> check_file_roles(const Draft& draft);

}  // namespace vireo
