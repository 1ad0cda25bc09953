#include "machine/control/qmp/qmp_command.h"

#include <fmt/format.h>

#include <algorithm>

#include "machine/control/monitor/command.h"

namespace vireo {
namespace {

std::string_view type_name(QmpType type) {
  switch (type) {
    case QmpType::kText:
      return "string";
    case QmpType::kNumber:
      return "integer";
    case QmpType::kFlag:
      return "boolean";
    case QmpType::kObject:
      return "object";
    case QmpType::kArray:
      break;
  }
  return "array";
}

bool has_type(const Json& value, QmpType type) {
  switch (type) {
    case QmpType::kText:
      return value.is_string();
    case QmpType::kNumber:
      return value.is_number_integer();
    case QmpType::kFlag:
      return value.is_boolean();
    case QmpType::kObject:
      return value.is_object();
    case QmpType::kArray:
      break;
  }
  return value.is_array();
}

std::optional<QmpFailure> check(const QmpCommand& command, const Json& arguments) {
  const auto& known = command.parameters;
  for (const QmpParameter& parameter : known) {
    const auto at = arguments.find(parameter.name);
    if (at == arguments.end()) {
      if (parameter.optional) continue;
      return QmpFailure{fmt::format("Parameter '{}' is missing", parameter.name)};
    }
    if (has_type(*at, parameter.type)) continue;
    return QmpFailure{fmt::format("Parameter '{}' must be of type {}", parameter.name,
                                  type_name(parameter.type))};
  }
  if (command.any_arguments) return std::nullopt;
  for (const auto& [name, value] : arguments.items()) {
    const auto same = [&](const QmpParameter& parameter) { return parameter.name == name; };
    if (std::any_of(known.begin(), known.end(), same)) continue;
    return QmpFailure{fmt::format("Parameter '{}' is unexpected", name)};
  }
  return std::nullopt;
}

std::string as_monitor_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "on" : "off";
  return value.dump();
}

const QmpCommand* find_qmp_command(std::string_view name) {
  for (const QmpCommand* command : qmp_commands()) {
    if (command->name == name) return command;
  }
  return nullptr;
}

}  // namespace

std::string QmpArguments::text(std::string_view name) const {
  const auto at = members_.find(name);
  return at == members_.end() ? std::string() : at->get<std::string>();
}

uint64_t QmpArguments::number(std::string_view name, uint64_t otherwise) const {
  const auto at = members_.find(name);
  return at == members_.end() ? otherwise : at->get<uint64_t>();
}

bool QmpArguments::flag(std::string_view name, bool otherwise) const {
  const auto at = members_.find(name);
  return at == members_.end() ? otherwise : at->get<bool>();
}

// Rows that stand for a command of the monitor are there as long as that is.
std::vector<const QmpCommand*> qmp_commands() {
  std::vector<const QmpCommand*> all;
  for (const auto table : {qmp_run_commands(), qmp_query_commands(), qmp_hardware_queries(),
                           qmp_device_commands(), qmp_inspect_commands(), qmp_backend_commands(),
                           qmp_machine_queries()}) {
    for (const QmpCommand& command : table) {
      if (command.run == nullptr && find_command(command.monitor) == nullptr) continue;
      all.push_back(&command);
    }
  }
  return all;
}

QmpOutcome run_as_monitor_command(ControlPanel& panel, std::string_view name,
                                  const Json& arguments) {
  const CommandRow* row = find_command(name);
  Arguments given;
  for (const CommandParameter& parameter : row->parameters) {
    const auto at = arguments.find(parameter.name);
    if (at == arguments.end()) continue;
    if (auto put = given.put(parameter, as_monitor_text(*at)); !put) {
      return QmpFailure{put.error().message};
    }
  }
  const auto result = row->run(panel, given);
  if (!result) return QmpFailure{result.error().message};
  return Json::object();
}

QmpOutcome run_qmp_command(ControlPanel& panel, std::string_view name, const Json& arguments) {
  const QmpCommand* command = find_qmp_command(name);
  if (command == nullptr) {
    return QmpFailure{fmt::format("The command {} has not been found", name), kCommandNotFound};
  }
  if (auto bad = check(*command, arguments)) return *bad;
  if (command->run != nullptr) return command->run(panel, QmpArguments(arguments));
  return run_as_monitor_command(panel, command->monitor, arguments);
}

}  // namespace vireo
