// What a machine's clock says at power-on.
#pragma once

#include <cstdint>

#include "machine/board/machine_config.h"
#include "machine/host/host_services.h"

namespace vireo {

// Unix seconds, of the host's clock or as -rtc base= has fixed them.
int64_t rtc_start(const RtcConfig& rtc, const HostServices& host);

}  // namespace vireo
