// QMP's commands that tell what kind of machine this is, and what it does not have.
#include <fmt/format.h>

#include "machine/board/cpu_option.h"
#include "machine/control/option_row.h"
#include "machine/control/qmp/qmp_command.h"

namespace vireo {
namespace {

QmpOutcome query_machines(ControlPanel& /*panel*/, const QmpArguments& /*arguments*/) {
  return Json::array({{{"name", "q35"},
                       {"is-default", true},
                       {"cpu-max", kMaxProcessors},
                       {"hotpluggable-cpus", false},
                       {"numa-mem-supported", false},
                       {"deprecated", false},
                       {"acpi", true},
                       {"default-cpu-type", MachineConfig{}.cpu_model}}});
}

QmpOutcome query_current_machine(ControlPanel& /*panel*/, const QmpArguments& /*arguments*/) {
  return Json{{"wakeup-suspend-support", false}};
}

QmpOutcome query_target(ControlPanel& /*panel*/, const QmpArguments& /*arguments*/) {
  return Json{{"arch", "x86_64"}};
}

QmpOutcome query_cpu_definitions(ControlPanel& /*panel*/, const QmpArguments& /*arguments*/) {
  Json all = Json::array();
  for (const std::string_view name : cpu_model_names()) {
    all.push_back({{"name", name},
                   {"typename", fmt::format("{}-x86_64-cpu", name)},
                   {"static", true},
                   {"migration-safe", true},
                   {"unavailable-features", Json::array()},
                   {"deprecated", false}});
  }
  return all;
}

// A model is a name, and features that are switched on or off beside it.
Result<std::string> model_spec(const Json& model) {
  if (!model.value("name", Json()).is_string()) {
    return Error{"Parameter 'model.name' must be of type string"};
  }
  std::string spec = model["name"].get<std::string>();
  const Json props = model.value("props", Json::object());
  if (!props.is_object()) return Error{"Parameter 'model.props' must be of type object"};
  for (const auto& [name, value] : props.items()) {
    if (!value.is_boolean()) {
      return Error{fmt::format("Parameter 'model.props.{}' must be of type boolean", name)};
    }
    spec += fmt::format(",{}={}", name, value.get<bool>() ? "on" : "off");
  }
  return spec;
}

// Static and full are the same: every feature is told.
QmpOutcome expand_cpu_model(ControlPanel& /*panel*/, const QmpArguments& arguments) {
  const std::string type = arguments.text("type");
  if (type != "static" && type != "full") {
    return QmpFailure{"Parameter 'type' must be static or full"};
  }
  const auto spec = model_spec(arguments.all()["model"]);
  if (!spec) return QmpFailure{spec.error().message};
  const auto features = cpu_option_features(*spec);
  if (!features) return QmpFailure{features.error().message};
  Json props = Json::object();
  for (const auto& [name, on] : *features) props[std::string(name)] = on;
  return Json{{"model", {{"name", arguments.all()["model"]["name"]}, {"props", props}}}};
}

// Their properties are told by `-device NAME,help` and its like.
QmpOutcome query_options(ControlPanel& /*panel*/, const QmpArguments& arguments) {
  Json all = Json::array();
  for (const OptionRow& row : option_rows()) {
    const std::string_view name = row.name.substr(1);
    if (arguments.has("option") && arguments.text("option") != name) continue;
    all.push_back({{"option", name}, {"parameters", Json::array()}});
  }
  if (!all.empty()) return all;
  return QmpFailure{fmt::format("There is no option '{}'", arguments.text("option"))};
}

QmpOutcome query_replay(ControlPanel& panel, const QmpArguments& /*arguments*/) {
  const MachineConfig& config = panel.config;
  std::string_view mode = config.record.path.empty() ? "none" : "record";
  if (!config.replay.path.empty()) mode = "play";
  return Json{{"mode", mode}, {"icount", panel.events.clock().instructions()}};
}

QmpOutcome query_mice(ControlPanel& /*panel*/, const QmpArguments& /*arguments*/) {
  return Json::array(
      {{{"name", "PS/2 mouse"}, {"index", 0}, {"current", true}, {"absolute", false}}});
}

// Of what clients ask for and this machine never has.
QmpOutcome none(ControlPanel& /*panel*/, const QmpArguments& /*arguments*/) {
  return Json::array();
}

QmpOutcome nothing(ControlPanel& /*panel*/, const QmpArguments& /*arguments*/) {
  return Json::object();
}

constexpr QmpParameter kExpansion[] = {{"type"}, {"model", QmpType::kObject}};
constexpr QmpParameter kOption[] = {{"option", QmpType::kText, true}};

constexpr QmpCommand kRows[] = {
    {"query-machines", {}, query_machines, QmpReturns::kList},
    {"query-current-machine", {}, query_current_machine, QmpReturns::kObject},
    {"query-target", {}, query_target, QmpReturns::kObject},
    {"query-cpu-definitions", {}, query_cpu_definitions, QmpReturns::kList},
    {"query-cpu-model-expansion", kExpansion, expand_cpu_model, QmpReturns::kObject},
    {"query-command-line-options", kOption, query_options, QmpReturns::kList},
    {"query-replay", {}, query_replay, QmpReturns::kObject},
    {"query-mice", {}, query_mice, QmpReturns::kList},
    {"query-block-jobs", {}, none, QmpReturns::kList},
    {"query-jobs", {}, none, QmpReturns::kList},
    {"query-iothreads", {}, none, QmpReturns::kList},
    {"query-memory-devices", {}, none, QmpReturns::kList},
    {"query-fdsets", {}, none, QmpReturns::kList},
    {"query-tpm", {}, none, QmpReturns::kList},
    {"query-migrate", {}, nothing, QmpReturns::kObject},
};

}  // namespace

std::span<const QmpCommand> qmp_machine_queries() { return kRows; }

}  // namespace vireo
