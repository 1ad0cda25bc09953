// What happens to the machine, as QMP's events tell it (QEMU QAPI schema, run-state and others).
#pragma once

#include <cstdint>

#include "machine/board/machine_events.h"
#include "machine/control/qmp/json.h"
#include "machine/control/qmp/qmp_schema.h"

namespace vireo {

// Seconds and microseconds since 1970 by the guest's clock: what it said at power-on, and virtual
// time since. Two runs of one command line so give the same events.
Json qmp_timestamp(int64_t rtc_seconds, uint64_t virtual_ns);

// The forms of all of them.
std::span<const QmpEventForm> qmp_event_forms();

Json qmp_event(const MachineEvent& event, const Json& timestamp);

}  // namespace vireo
