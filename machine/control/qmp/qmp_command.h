// The commands of QMP as data: their names, what they take, and what they give back.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "machine/board/control_panel.h"
#include "machine/control/qmp/json.h"

namespace vireo {

// QEMU's classes of errors (QAPI QapiErrorClass).
inline constexpr std::string_view kGenericError = "GenericError";
inline constexpr std::string_view kCommandNotFound = "CommandNotFound";
inline constexpr std::string_view kDeviceNotFound = "DeviceNotFound";
inline constexpr std::string_view kDeviceNotActive = "DeviceNotActive";

struct QmpFailure {
  std::string text;  // for a person
  std::string_view kind = kGenericError;
};
// What a command returns, or why it did not.
using QmpOutcome = std::variant<Json, QmpFailure>;

enum class QmpType : uint8_t { kText, kNumber, kFlag, kArray, kObject };

// What a command returns when it is done: an empty object, some other one, a list or a text.
enum class QmpReturns : uint8_t { kNothing, kObject, kList, kText };

struct QmpParameter {
  std::string_view name;
  QmpType type = QmpType::kText;
  bool optional = false;
};

// Arguments that were checked against the parameters: those that are there have their types.
class QmpArguments {
 public:
  explicit QmpArguments(const Json& members) : members_(members) {}
  bool has(std::string_view name) const { return members_.contains(name); }
  std::string text(std::string_view name) const;
  uint64_t number(std::string_view name, uint64_t otherwise = 0) const;
  bool flag(std::string_view name, bool otherwise = false) const;
  const Json& all() const { return members_; }

 private:
  const Json& members_;  // an object
};

struct QmpCommand {
  std::string_view name;
  std::span<const QmpParameter> parameters;
  // Called between instructions. Null: the monitor's command `monitor`, which has the same
  // parameters, is run, and returns nothing.
  QmpOutcome (*run)(ControlPanel& panel, const QmpArguments& arguments);
  QmpReturns returns = QmpReturns::kNothing;
  std::string_view monitor = {};
  bool any_arguments = false;  // the command checks them itself
};

// Every command that this machine has, in the order of query-commands.
std::vector<const QmpCommand*> qmp_commands();

// Runs a command of the monitor, whose parameters take the members of `arguments` of their name.
QmpOutcome run_as_monitor_command(ControlPanel& panel, std::string_view name,
                                  const Json& arguments);

// Checks the arguments (an object) and runs the command.
QmpOutcome run_qmp_command(ControlPanel& panel, std::string_view name, const Json& arguments);

// The rows of each file of this folder.
std::span<const QmpCommand> qmp_run_commands();
std::span<const QmpCommand> qmp_query_commands();
std::span<const QmpCommand> qmp_hardware_queries();
std::span<const QmpCommand> qmp_device_commands();
std::span<const QmpCommand> qmp_inspect_commands();
std::span<const QmpCommand> qmp_backend_commands();
std::span<const QmpCommand> qmp_machine_queries();

}  // namespace vireo
