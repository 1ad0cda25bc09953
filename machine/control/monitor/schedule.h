// Runs scheduled commands at their moments.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "machine/base/event_queue.h"
#include "machine/board/control_panel.h"
#include "machine/control/scheduled_command.h"

namespace vireo {

// Each command runs once, between two instructions, at a virtual time that depends on nothing
// but the guest; those of one moment in the order in which they were given. What a snapshot
// holds of a schedule goes on for those commands that are given again; commands of a time that
// was over when it was taken do not run.
class Schedule {
 public:
  // `tell` gets a line for a person, without its end: what a command showed, or its error.
  Schedule(const std::vector<ScheduledCommand>& commands, ControlPanel panel,
           std::function<void(const std::string&)> tell);

 private:
  struct Entry {
    ScheduledCommand command;
    std::regex marker;
    std::string key;    // what it is, for snapshots
    bool seen = false;  // the marker, or none is waited for
    bool loaded = false;
    std::unique_ptr<Event> event;
  };
  void arm(Entry& entry);
  void see(std::string_view line);
  void visit(Archive& archive);
  void load(Archive& archive);
  void run(const std::string& command);

  ControlPanel panel_;
  std::function<void(const std::string&)> tell_;
  std::deque<Entry> entries_;  // which events and alarms point to
};

}  // namespace vireo
