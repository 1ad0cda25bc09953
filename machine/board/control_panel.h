// The operator's side of a machine: what monitors, schedules and debuggers may see and do.
#pragma once

#include <functional>

#include "machine/base/event_queue.h"
#include "machine/board/chardevs.h"
#include "machine/board/chipset.h"
#include "machine/board/core.h"
#include "machine/board/hot_plug.h"
#include "machine/board/input_gate.h"
#include "machine/board/instruction_alarms.h"
#include "machine/board/line_watch.h"
#include "machine/board/machine_config.h"
#include "machine/board/outside/time_travel.h"
#include "machine/board/machine_events.h"
#include "machine/board/processors.h"
#include "machine/board/run_control.h"
#include "machine/board/screen/screens.h"
#include "machine/board/snapshot/snapshots.h"
#include "machine/board/system_flash.h"
#include "machine/board/virtio/virtio_devices.h"
#include "pci/bus.h"

namespace vireo {

class DebugTarget;

// References into a machine, which must outlive it. Everything is called between two
// instructions: from an InputSource of the gate or from an Event of the queue, and so at a
// virtual time that is the same in each run.
struct ControlPanel {
  const MachineConfig& config;
  RunControl& run;
  HotPlug& plug;
  VirtioDevices& virtio;
  PciBus& bus;
  Chardevs& chardevs;
  InputGate& input;
  EventQueue& events;
  InstructionAlarms& alarms;
  MachineEvents& news;
  MachineCore& core;
  Chipset& chipset;
  Processors& processors;
  int64_t rtc_seconds;  // what the guest's clock said at power-on, since 1970
  DebugTarget& debug;
  Snapshots& snapshots;
  TimeTravel& time_travel;
  // Each line that the guest prints on its first serial port is told to the listener; there may
  // be several. Whoever acts on a line does so by an event, not in the middle of an instruction.
  std::function<void(LineListener)> listen_to_serial;
  // Every counter of every device, as "DEVICE", "COUNTER", value; the same in each run.
  std::function<void(const DeviceCounterVisitor&)> for_each_counter;
  Screens& screens;                    // cards may come and go
  const SystemFlash* flash = nullptr;  // null: it does not start in flash
  // Which processor registers and linear addresses are of; each monitor chooses its own.
  unsigned cpu = 0;
};

}  // namespace vireo
