#include "machine/control/run.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <vector>

#include "machine/base/log.h"
#include "machine/board/machine.h"
#include "machine/control/monitor/monitor.h"
#include "machine/control/monitor/schedule.h"
#include "machine/host/log_file.h"
#include "machine/host/system_host.h"

namespace vireo {
namespace {

void say(const std::string& line) { fmt::print(stderr, "vireo: {}\n", line); }

int fail(const Error& error) {
  say(error.message);
  return kExitUsage;
}

// Trace output for as long as this lives.
class Tracing {
 public:
  Result<void> start(const LogConfig& config) {
    if (!config.path.empty()) {
      auto file = open_log_file(config.path);
      if (!file) return file.error();
      file_ = std::move(*file);
      Log::set_file(file_.get());
    }
    for (const LogItem item : config.items) Log::enable(item);
    return {};
  }
  // Tells when lines were lost; the run itself is as good as without a trace.
  void finish(const LogConfig& config) {
    if (file_ == nullptr) return;
    const auto flushed = flush_log_file(file_.get(), config.path);
    if (!flushed) say(flushed.error().message);
  }
  ~Tracing() {
    Log::disable_all();
    Log::set_file(nullptr);
  }

 private:
  LogFile file_;
};

// What commands the machine while it runs: monitors and the schedule.
class Commanders {
 public:
  Result<void> start(const CommandLine& line, Machine& machine) {
    ControlPanel panel = machine.panel();
    for (const ChannelSpec& spec : line.monitors) {
      auto channel = panel.chardevs.open(spec, fmt::format("monitor{}", monitors_.size()));
      if (!channel) return channel.error();
      monitors_.push_back(std::make_unique<Monitor>(panel, std::move(*channel)));
    }
    schedule_ = std::make_unique<Schedule>(line.scheduled, panel, say);
    return {};
  }

 private:
  std::vector<std::unique_ptr<Monitor>> monitors_;
  std::unique_ptr<Schedule> schedule_;
};

}  // namespace

int run_command_line(const CommandLine& command_line) {
  Tracing tracing;
  for (const std::string& note : command_line.notes) say(note);
  RunResult result;
  {
    SystemHost host;
    auto machine = Machine::create(command_line.config, host);
    if (!machine) return fail(machine.error());
    Commanders commanders;
    if (auto started = commanders.start(command_line, **machine); !started) {
      return fail(started.error());
    }
    // Not before: a start that fails must not empty the trace file of the last run.
    if (auto started = tracing.start(command_line.config.log); !started) {
      return fail(started.error());
    }
    result = (*machine)->run();
  }
  // The terminal is the user's again: a line printed now begins at its margin.
  tracing.finish(command_line.config.log);
  if (!result.message.empty()) say(result.message);
  return result.exit_code;
}

}  // namespace vireo
