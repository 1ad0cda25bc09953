// The operator's side of a machine: what monitors, schedules and debuggers may see and do.
#pragma once

#include <functional>
#include <string_view>

#include "machine/base/event_queue.h"
#include "machine/board/chardevs.h"
#include "machine/board/hot_plug.h"
#include "machine/board/input_gate.h"
#include "machine/board/machine_config.h"
#include "machine/board/run_control.h"
#include "machine/board/virtio/virtio_devices.h"
#include "pci/bus.h"

namespace vireo {

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
  // Each line that the guest prints on its first serial port is told to the listener, in the
  // middle of the instruction that ends it.
  std::function<void(std::function<void(std::string_view)>)> listen_to_serial;
};

}  // namespace vireo
