// The skeleton every other part of the machine hangs on: RAM, the two address
// spaces of device registers, time and events.
#pragma once

#include <vector>

#include "machine/base/event_queue.h"
#include "machine/base/guest_memory.h"
#include "machine/base/io_space.h"
#include "machine/base/virtual_clock.h"
#include "machine/board/address_map.h"
#include "machine/board/instruction_alarms.h"
#include "machine/host/host_ram.h"

namespace vireo {

struct MachineCore {
  MachineCore(HostRam host_ram, const address_map::RamLayout& ram_layout, unsigned clock_shift);

  address_map::RamLayout layout;
  HostRam ram;
  GuestMemory memory;
  IoSpace mmio{"memory", 0};
  IoSpace ports{"ports", 0x10000};
  VirtualClock clock;
  EventQueue events{clock};
  InstructionAlarms alarms;
};

}  // namespace vireo
