// -trace-json: the events of a run as lines of JSON, for programs to read.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "machine/base/result.h"
#include "machine/base/trace_event.h"
#include "machine/board/trace_config.h"
#include "machine/host/log_file.h"

namespace vireo {

// Where the machine is when something happens.
struct EventPlace {
  uint64_t time_ns = 0;       // since power-on
  uint64_t instructions = 0;  // of all processors
  uint64_t rip = 0;
  unsigned vcpu = 0;
};

// One event as a line of JSON, without its end (the schema is in docs: README, "Tracing").
std::string event_json(const EventPlace& place, const TraceEvent& event);

// The sink of all events while it lives; there is one in a process.
class EventFile final : public TraceSink {
 public:
  // Creates the file and writes its first line, or fails naming it.
  static Result<std::unique_ptr<EventFile>> create(const EventFileConfig& config,
                                                   std::function<EventPlace()> place);
  ~EventFile() override;

  void event(const TraceEvent& event) override;
  // Pushes all of it out, and tells on standard error when any of it had no room: the run
  // is as good as without events.
  void finish();

 private:
  EventFile(const EventFileConfig& config, LogFile file, std::function<EventPlace()> place);
  EventFileConfig config_;
  LogFile file_;
  std::function<EventPlace()> place_;
};

}  // namespace vireo
