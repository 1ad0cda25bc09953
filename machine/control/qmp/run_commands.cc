// QMP's commands about the run as a whole.
#include "machine/control/monitor/command.h"
#include "machine/control/qmp/qmp_command.h"

namespace vireo {
namespace {

// As QEMU does, an error of the monitor's is text like any other.
QmpOutcome human_monitor_command(ControlPanel& panel, const QmpArguments& arguments) {
  if (arguments.has("cpu-index")) {
    const uint64_t index = arguments.number("cpu-index");
    if (index >= panel.processors.size()) return QmpFailure{"There is no such CPU"};
    panel.cpu = static_cast<unsigned>(index);
  }
  const auto result = run_command(panel, arguments.text("command-line"));
  std::string text;
  for (const char c : result.ok() ? *result : "Error: " + result.error().message + "\n") {
    if (c == '\n') text += '\r';
    text += c;
  }
  return Json(std::move(text));
}

constexpr QmpParameter kMonitorCommand[] = {{"command-line"},
                                            {"cpu-index", QmpType::kNumber, true}};

constexpr QmpCommand kRows[] = {
    {"quit", {}, nullptr, {}, "quit"},
    {"stop", {}, nullptr, {}, "stop"},
    {"cont", {}, nullptr, {}, "cont"},
    {"system_reset", {}, nullptr, {}, "system_reset"},
    {"system_powerdown", {}, nullptr, {}, "system_powerdown"},
    {"human-monitor-command", kMonitorCommand, human_monitor_command, QmpReturns::kText},
};

}  // namespace

std::span<const QmpCommand> qmp_run_commands() { return kRows; }

}  // namespace vireo
