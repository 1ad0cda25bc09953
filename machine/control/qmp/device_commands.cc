// QMP's commands that change what the machine has.
#include <fmt/format.h>

#include "machine/board/balloon_control.h"
#include "machine/control/devices/device_option.h"
#include "machine/control/qmp/option_text.h"
#include "machine/control/qmp/qmp_command.h"

namespace vireo {
namespace {

QmpFailure no_device(const std::string& id) {
  return {fmt::format("Device '{}' not found", id), kDeviceNotFound};
}

QmpOutcome device_add(ControlPanel& panel, const QmpArguments& arguments) {
  for (const auto& [name, value] : arguments.all().items()) {
    if (value.is_structured() || value.is_null()) {
      return QmpFailure{fmt::format("Parameter '{}' must be a string, number or boolean", name)};
    }
  }
  const auto device = parse_virtio_device("device_add", option_text(arguments.all(), "driver"));
  if (!device) return QmpFailure{device.error().message};
  if (auto plugged = panel.plug.plug(*device); !plugged) return QmpFailure{plugged.error().message};
  return Json::object();
}

QmpOutcome device_del(ControlPanel& panel, const QmpArguments& arguments) {
  constexpr std::string_view kPath = "/machine/peripheral/";
  std::string id = arguments.text("id");
  if (id.starts_with(kPath)) id.erase(0, kPath.size());
  if (panel.virtio.find(id) == nullptr) return no_device(id);
  if (auto done = panel.plug.unplug(id); !done) return QmpFailure{done.error().message};
  return Json::object();
}

QmpOutcome query_balloon(ControlPanel& panel, const QmpArguments& /*arguments*/) {
  const auto report = report_balloon(panel.virtio);
  if (!report) return QmpFailure{report.error().message, kDeviceNotActive};
  const uint64_t memory = panel.config.memory_bytes;
  return Json{{"actual", memory - std::min(report->bytes, memory)}};
}

QmpOutcome balloon(ControlPanel& panel, const QmpArguments& arguments) {
  const uint64_t wanted = arguments.number("value");
  const uint64_t memory = panel.config.memory_bytes;
  if (wanted == 0) return QmpFailure{"Parameter 'value' must be a number of bytes above 0"};
  auto set = set_guest_memory(panel.virtio, memory, std::min(wanted, memory));
  if (!set) return QmpFailure{set.error().message, kDeviceNotActive};
  return Json::object();
}

// The size is in bytes.
QmpOutcome block_resize(ControlPanel& panel, const QmpArguments& arguments) {
  const std::string name = arguments.text(arguments.has("device") ? "device" : "node-name");
  if (name.empty()) return QmpFailure{"Parameter 'device' is missing"};
  return run_as_monitor_command(panel, "block_resize",
                                {{"device", name}, {"size", arguments.number("size")}});
}

constexpr QmpParameter kDriver[] = {{"driver"}};
constexpr QmpParameter kId[] = {{"id"}};
constexpr QmpParameter kValue[] = {{"value", QmpType::kNumber}};
constexpr QmpParameter kResize[] = {{"device", QmpType::kText, true},
                                    {"node-name", QmpType::kText, true},
                                    {"size", QmpType::kNumber}};
constexpr QmpParameter kLink[] = {{"name"}, {"up", QmpType::kFlag}};

constexpr QmpCommand kRows[] = {
    {"device_add", kDriver, device_add, {}, {}, true},
    {"device_del", kId, device_del},
    {"query-balloon", {}, query_balloon, QmpReturns::kObject},
    {"balloon", kValue, balloon},
    {"block_resize", kResize, block_resize},
    {"announce-self", {}, nullptr, {}, "announce_self", true},
    {"set_link", kLink, nullptr, {}, "set_link"},
};

}  // namespace

std::span<const QmpCommand> qmp_device_commands() { return kRows; }

}  // namespace vireo
