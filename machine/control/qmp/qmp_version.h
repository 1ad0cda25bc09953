// The version that QMP tells: of the QEMU whose commands and events have the forms that are used
// here, with vireo's own beside it.
#pragma once

#include <fmt/format.h>

#include "machine/base/version.h"
#include "machine/control/qmp/json.h"

namespace vireo {

inline Json qmp_version() {
  return {{"qemu", {{"major", 7}, {"minor", 2}, {"micro", 0}}},
          {"package", fmt::format("vireo {}", kVireoVersion)}};
}

}  // namespace vireo
