// The parts of a machine and what they do together; only the sources of Machine see them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "machine/board/boot.h"
#include "machine/board/chipset.h"
#include "machine/board/core.h"
#include "machine/board/debug/debug_target.h"
#include "machine/board/event_file.h"
#include "machine/board/firmware_rom.h"
#include "machine/board/fw_cfg_items.h"
#include "machine/board/input_gate.h"
#include "machine/board/insn_trace_file.h"
#include "machine/board/lint_watch.h"
#include "machine/board/machine.h"
#include "machine/board/outside/outside_host.h"
#include "machine/board/outside/run_log.h"
#include "machine/board/outside/time_travel.h"
#include "machine/board/pci_placing.h"
#include "machine/board/platform.h"
#include "machine/board/processors.h"
#include "machine/board/run_state.h"
#include "machine/board/screen/screens.h"
#include "machine/board/screen/vga_card.h"
#include "machine/board/serial_ports.h"
#include "machine/board/snapshot/snapshots.h"
#include "machine/board/system_flash.h"
#include "machine/board/virtio/virtio_devices.h"
#include "machine/devices/debug_exit.h"

namespace vireo {

// Declared in the order in which they depend on each other.
struct Machine::Parts {
  Parts(const MachineConfig& config_in, HostServices& host_in, HostRam ram, const CpuModel& model,
        Recording recording);

  Result<void> complete();
  Result<void> reset(bool last);
  void reset_devices();
  std::vector<Device*> devices();
  std::vector<StatePart> state_parts();
  std::vector<DiskForSnapshot> disks();
  std::vector<UndoDisk*> undo_disks();
  StateCheck state_check();
  std::string record_description();
  void for_each_counter(const DeviceCounterVisitor& visit);
  uint64_t state_hash();
  Result<void> add_firmware();
  PlatformDescription platform() const;
  std::string description();
  Result<void> add_debug_exit(const DebugExitConfig& place);
  Result<void> start_lint();
  Result<void> start_events();
  Result<void> save_on_exit();
  Result<void> start_recording();
  Result<void> finish();

  MachineConfig config;
  Outside outside;
  OutsideHost host;
  uint64_t seed;        // of all that is random to the guest
  int64_t rtc_seconds;  // at power-on
  Chardevs chardevs;
  MachineCore core;
  GuestRequests requests;
  MachineEvents news;
  ApicBus apic_bus;
  LateSink intr;
  Chipset chipset;
  PciPlacing placing;
  RunControl control;
  RunState run_state;
  Processors processors;
  DebugTarget debug;
  std::unique_ptr<DebugExit> debug_exit;
  IoMapping debug_exit_ports;
  InputGate input;
  std::unique_ptr<SerialPorts> serials;
  std::unique_ptr<LintWatch> lint;  // null: nobody asked
  std::unique_ptr<EventFile> events;  // likewise
  std::unique_ptr<InsnTraceFile> insns;  // likewise
  VirtioDevices virtio;
  std::unique_ptr<VgaCard> vga;    // null: there is none
  std::unique_ptr<Screens> screens;
  std::unique_ptr<Boot> boot;      // null: the machine starts in firmware
  std::optional<FirmwareRom> rom;  // nothing: in a kernel, or in flash
  std::unique_ptr<SystemFlash> flash;  // null: there is none
  FwCfgOnBoard fw_cfg;
  Snapshots snapshots;
  TimeTravel time_travel;
  RunLog run_log;
};

}  // namespace vireo
