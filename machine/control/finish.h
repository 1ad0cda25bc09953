// The command line as a whole: what one option cannot see alone.
#pragma once

#include "machine/base/result.h"
#include "machine/control/draft.h"

namespace vireo {

// Gives each disk its device, each port its end, and checks that ids are unique,
// that drives are used once and that options which need another have it. Fills
// in draft.config.
Result<void> finish(Draft& draft);

}  // namespace vireo
