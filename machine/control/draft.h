// A machine as the command line has described it so far: the options' handlers
// fill it in, finish() checks it as a whole.
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "machine/board/machine_config.h"
#include "machine/board/outside/time_travel.h"
#include "machine/control/ends/ends_config.h"
#include "machine/control/qmp/qmp_place.h"
#include "machine/control/scheduled_command.h"

namespace vireo {

// A -drive before it is known which device it belongs to.
struct DriveDraft {
  DriveConfig drive;
  bool makes_device = false;     // if=virtio
  bool snapshot_chosen = false;  // -snapshot does not change it
  std::optional<unsigned> flash_unit;  // if=pflash
};

// Half of a -net: a card without a network, or a network without a card.
struct NetHalves {
  std::vector<VirtioDeviceConfig> cards;
  std::vector<NetdevSpec> networks;
};

// A virtconsole or virtserialport before it is known which device it belongs to.
struct ConsolePortDraft {
  ConsolePortConfig port;
  std::string bus;                 // empty: the first virtio-serial device
  std::optional<unsigned> number;  // nothing: the next free one
};

struct Draft {
  MachineConfig config;
  std::vector<ChannelSpec> serials;
  std::vector<DriveDraft> drives;
  std::set<std::string> object_ids;
  NetHalves net;  // of -net
  std::vector<ChannelSpec> monitors;
  std::vector<QmpPlace> qmp;
  std::vector<ScheduledCommand> scheduled;
  EndsConfig ends;
  std::string pidfile;
  std::optional<ChannelSpec> gdb;
  std::optional<TimeTravelOptions> gdb_history = TimeTravelOptions{};
  bool start_stopped = false;  // -S
  bool monitor_chosen = false;  // -monitor or -mon: none comes by default
  std::vector<ConsolePortDraft> console_ports;
  std::optional<VgaKind> vga;
  bool nographic = false;
  bool display_none = false;
  bool window = false;  // -display sdl
  bool nodefaults = false;
  bool snapshot = false;  // -snapshot: for all drives that do not choose
  // Lines for the user which are no errors.
  std::vector<std::string> notes;
  // Set by a request for help: printed instead of running anything.
  std::optional<std::string> print;

  void note_once(std::string note) {
    if (std::find(notes.begin(), notes.end(), note) == notes.end())
      notes.push_back(std::move(note));
  }
};

}  // namespace vireo
