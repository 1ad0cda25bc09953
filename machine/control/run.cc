#include "machine/control/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "machine/base/log.h"
#include "machine/board/insn_trace_file.h"
#include "machine/board/load_symbols.h"
#include "machine/board/machine.h"
#include "machine/control/ends/exit_report.h"
#include "machine/control/ends/run_ends.h"
#include "machine/control/gdb/server.h"
#include "machine/control/monitor/command.h"
#include "machine/control/monitor/monitor.h"
#include "machine/control/monitor/schedule.h"
#include "machine/control/qmp/qmp_session.h"
#include "machine/control/trace/trace_window.h"
#include "machine/control/window/window_source.h"
#include "machine/host/log_file.h"
#include "machine/host/pid_file.h"
#include "machine/host/replaced_file.h"
#include "machine/host/signals.h"
#include "machine/host/system_host.h"

namespace vireo {
namespace {

void say(const std::string& line) { fmt::print(stderr, "vireo: {}\n", line); }

// The file of -exit-report, when one is asked for.
class Report {
 public:
  Result<void> open(const std::string& path) {
    if (path.empty()) return {};
    auto file = ReplacedFile::create(path, "exit report");
    if (!file) return file.error();
    file_.emplace(std::move(*file));
    return {};
  }
  bool wanted() const { return file_.has_value(); }
  // A report that cannot be written is said; the run itself is as good without.
  void write(const ExitReport& report) {
    if (!file_) return;
    const std::string text = report.json();
    Result<void> written = file_->write(std::as_bytes(std::span(text)));
    if (written) written = file_->commit();
    if (!written) say(written.error().message);
  }

 private:
  std::optional<ReplacedFile> file_;
};

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
    Log::set_filter(config.filter);
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
    Log::set_open(true);
    Log::set_filter({});
    Log::set_symbols(nullptr);
    Log::set_file(nullptr);
  }

 private:
  LogFile file_;
};

// What commands the machine while it runs: monitors and the schedule.
class Commanders {
 public:
  Result<void> start(const CommandLine& line, Machine& machine, SystemHost& host) {
    ControlPanel panel = machine.panel();
    if (line.window) {
      auto channel = panel.chardevs.open({.kind = ChannelSpec::Kind::kWindow}, "window");
      if (!channel) return channel.error();
      window_ = std::make_unique<WindowSource>(panel, std::move(*channel), host.window());
    }
    for (const ChannelSpec& spec : line.monitors) {
      auto channel = panel.chardevs.open(spec, fmt::format("monitor{}", monitors_.size()));
      if (!channel) return channel.error();
      monitors_.push_back(std::make_unique<Monitor>(panel, std::move(*channel)));
    }
    for (const QmpPlace& place : line.qmp) {
      auto channel = panel.chardevs.open(place.channel, fmt::format("qmp{}", qmp_.size()));
      if (!channel) return channel.error();
      qmp_.push_back(std::make_unique<QmpSession>(panel, std::move(*channel), place.pretty));
    }
    for (const ScheduledCommand& command : line.scheduled) {
      if (auto good = check_command(command.command); !good) {
        return Error{fmt::format("-at: {}", good.error().message)};
      }
    }
    schedule_ = std::make_unique<Schedule>(line.scheduled, panel, say);
    auto ends = RunEnds::create(line.ends, panel);
    if (!ends) return ends.error();
    ends_ = std::move(*ends);
    if (line.start_stopped) panel.run.stop();
    if (!line.gdb) return {};
    auto channel = panel.chardevs.open(*line.gdb, "gdb");
    if (!channel) return channel.error();
    gdb_ = std::make_unique<GdbServer>(panel, std::move(*channel), line.gdb_history);
    return {};
  }
  const RunEnds& ends() const { return *ends_; }

  // Those who ask are told how the run ended.
  void finish(const RunResult& result) {
    if (gdb_ != nullptr) gdb_->finish(result.exit_code);
  }

 private:
  std::unique_ptr<WindowSource> window_;
  std::vector<std::unique_ptr<Monitor>> monitors_;
  std::vector<std::unique_ptr<QmpSession>> qmp_;
  std::unique_ptr<Schedule> schedule_;
  std::unique_ptr<RunEnds> ends_;
  std::unique_ptr<GdbServer> gdb_;
};

Result<void> load_state(const SnapshotConfig& config, Machine& machine) {
  if (!config.from_file()) return {};
  return machine.snapshots().load(config.load_path, {.verify = config.verify});
}

// From the making of the machine to its end.
Result<RunResult> run_machine(const CommandLine& line, Tracing& tracing, Report& report) {
  const auto pid_file = PidFile::create(line.pidfile);
  if (!pid_file) return pid_file.error();
  SystemHost host;
  auto symbols = load_symbols(line.config.symbols, host);
  if (!symbols) return symbols.error();
  auto machine = Machine::create(line.config, host);
  if (!machine) return machine.error();
  Commanders commanders;
  if (auto started = commanders.start(line, **machine, host); !started) return started.error();
  if (auto loaded = load_state(line.config.snapshots, **machine); !loaded) return loaded.error();
  if (auto ready = (*machine)->prepare(); !ready) return ready.error();
  // Not before: a start that fails must not empty the trace file of the last run.
  if (auto started = tracing.start(line.config.log); !started) return started.error();
  Log::set_symbols(std::move(*symbols));
  const TraceWindow window(line.config.log.window, (*machine)->panel(), Log::set_open);
  const TraceWindow recorded(line.config.insn_trace.window, (*machine)->panel(),
                             record_instructions);
  const RunResult result = commanders.ends().judge((*machine)->run());
  commanders.finish(result);
  if (report.wanted()) report.write(ExitReport::of(**machine, result));
  return result;
}

}  // namespace

int run_command_line(const CommandLine& command_line) {
  let_full_files_fail();
  Report report;
  if (auto opened = report.open(command_line.ends.exit_report); !opened) {
    say(opened.error().message);
    return kExitUsage;
  }
  Tracing tracing;
  for (const std::string& note : command_line.notes) say(note);
  const auto result = run_machine(command_line, tracing, report);
  if (!result) {
    say(result.error().message);
    report.write(ExitReport::of(result.error()));
    return kExitUsage;
  }
  // The terminal is the user's again: a line printed now begins at its margin.
  tracing.finish(command_line.config.log);
  if (!result->message.empty()) say(result->message);
  return result->exit_code;
}

int refuse_command_line(std::span<const std::string_view> arguments, const Error& error) {
  say(error.message);
  const auto option = std::find(arguments.begin(), arguments.end(), "-exit-report");
  if (arguments.end() - option < 2) return kExitUsage;
  Report report;
  if (report.open(std::string(option[1]))) report.write(ExitReport::of(error));
  return kExitUsage;
}

}  // namespace vireo
