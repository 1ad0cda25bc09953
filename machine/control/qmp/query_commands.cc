// QMP's commands that show the machine and change nothing.
#include "machine/control/qmp/qmp_command.h"
#include "machine/control/qmp/qmp_event.h"
#include "machine/control/qmp/qmp_schema.h"
#include "machine/control/qmp/qmp_version.h"

namespace vireo {
namespace {

QmpOutcome query_status(ControlPanel& panel, const QmpArguments& /*arguments*/) {
  const RunControl& run = panel.run;
  const bool running = !run.stopped() && !run.powered_off();
  std::string_view status = running ? "running" : "paused";
  if (run.powered_off()) status = "shutdown";
  // Stopped by -S.
  if (run.stopped() && panel.events.clock().instructions() == 0) status = "prelaunch";
  return Json{{"running", running}, {"singlestep", false}, {"status", status}};
}

QmpOutcome query_version(ControlPanel& /*panel*/, const QmpArguments& /*arguments*/) {
  return qmp_version();
}

QmpOutcome query_commands(ControlPanel& /*panel*/, const QmpArguments& /*arguments*/) {
  Json names = Json::array({{{"name", "qmp_capabilities"}}});
  for (const QmpCommand* command : qmp_commands()) names.push_back({{"name", command->name}});
  return names;
}

QmpOutcome query_name(ControlPanel& panel, const QmpArguments& /*arguments*/) {
  Json name = Json::object();
  if (!panel.config.name.empty()) name["name"] = panel.config.name;
  return name;
}

QmpOutcome query_kvm(ControlPanel& /*panel*/, const QmpArguments& /*arguments*/) {
  return Json{{"enabled", false}, {"present", false}};
}

QmpOutcome query_chardev(ControlPanel& panel, const QmpArguments& /*arguments*/) {
  Json all = Json::array();
  for (const Chardevs::Line& line : panel.chardevs.lines()) {
    all.push_back(
        {{"label", line.id}, {"filename", line.what}, {"frontend-open", !line.users.empty()}});
  }
  return all;
}

QmpOutcome query_schema(ControlPanel& /*panel*/, const QmpArguments& /*arguments*/) {
  return qmp_schema(qmp_commands(), qmp_event_forms());
}

constexpr QmpCommand kRows[] = {
    {"query-status", {}, query_status, QmpReturns::kObject},
    {"query-version", {}, query_version, QmpReturns::kObject},
    {"query-commands", {}, query_commands, QmpReturns::kList},
    {"query-qmp-schema", {}, query_schema, QmpReturns::kList},
    {"query-name", {}, query_name, QmpReturns::kObject},
    {"query-kvm", {}, query_kvm, QmpReturns::kObject},
    {"query-chardev", {}, query_chardev, QmpReturns::kList},
};

}  // namespace

std::span<const QmpCommand> qmp_query_commands() { return kRows; }

}  // namespace vireo
