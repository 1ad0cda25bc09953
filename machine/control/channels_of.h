// Every channel that a command line names.
#pragma once

#include <vector>

#include "machine/control/draft.h"

namespace vireo {

// Of serial ports, debug console, monitors, QMP and chardevs; the dump of a network is a file, too.
inline std::vector<ChannelSpec> channels_of(const Draft& draft) {
  std::vector<ChannelSpec> all = draft.config.serials;
  if (draft.config.debug_console) all.push_back(draft.config.debug_console->channel);
  all.insert(all.end(), draft.monitors.begin(), draft.monitors.end());
  for (const QmpPlace& place : draft.qmp) all.push_back(place.channel);
  if (draft.gdb) all.push_back(*draft.gdb);
  for (const ChardevConfig& chardev : draft.config.chardevs) all.push_back(chardev.spec);
  for (const NetDumpConfig& dump : draft.config.net_dumps) {
    all.push_back({.kind = ChannelSpec::Kind::kFile, .path = dump.path});
  }
  return all;
}

}  // namespace vireo
