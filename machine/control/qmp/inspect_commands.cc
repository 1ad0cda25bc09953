// QMP's commands that look into the machine or act on its inputs, most of them as the monitor's.
#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "machine/board/press_keys.h"
#include "machine/control/qmp/qmp_command.h"

namespace vireo {
namespace {

std::optional<QmpFailure> choose_cpu(ControlPanel& panel, const QmpArguments& arguments) {
  const uint64_t index = arguments.number("cpu-index");
  if (index >= panel.processors.size()) {
    return QmpFailure{
        fmt::format("Parameter 'cpu-index' must be below {}", panel.processors.size())};
  }
  panel.cpu = static_cast<unsigned>(index);
  return std::nullopt;
}

QmpOutcome save(ControlPanel& panel, const QmpArguments& arguments, std::string_view command) {
  return run_as_monitor_command(panel, command,
                                {{"address", fmt::format("{}", arguments.number("val"))},
                                 {"size", arguments.number("size")},
                                 {"file", arguments.text("filename")}});
}

QmpOutcome memsave(ControlPanel& panel, const QmpArguments& arguments) {
  if (auto bad = choose_cpu(panel, arguments)) return *bad;
  return save(panel, arguments, "memsave");
}

QmpOutcome pmemsave(ControlPanel& panel, const QmpArguments& arguments) {
  return save(panel, arguments, "pmemsave");
}

// Of a key by name; numbers of scan codes are not taken.
std::optional<std::string> key_name(const Json& key) {
  const bool named = key.is_object() && key.value("type", Json()) == "qcode" &&
                     key.contains("data") && key["data"].is_string();
  if (!named) return std::nullopt;
  return key["data"].get<std::string>();
}

struct KeyChange {
  std::string key;
  bool down = false;
};
std::optional<KeyChange> key_change_of(const Json& event) {
  if (!event.is_object() || event.value("type", Json()) != "key") return std::nullopt;
  const Json data = event.value("data", Json());
  if (!data.is_object() || !data.contains("down") || !data["down"].is_boolean()) {
    return std::nullopt;
  }
  const auto name = key_name(data.value("key", Json()));
  if (!name) return std::nullopt;
  return KeyChange{*name, data["down"].get<bool>()};
}

// All of them are looked at before the first is done.
QmpOutcome input_send_event(ControlPanel& panel, const QmpArguments& arguments) {
  std::vector<KeyChange> changes;
  for (const Json& event : arguments.all().at("events")) {
    const auto change = key_change_of(event);
    if (!change) {
      return QmpFailure{"There is a keyboard only: 'events' must hold keys of type qcode"};
    }
    changes.push_back(*change);
  }
  for (const KeyChange& change : changes) {
    if (auto turned = turn_key(panel.chipset, change.key, change.down); !turned) {
      return QmpFailure{turned.error().message};
    }
  }
  return Json::object();
}

QmpOutcome send_key(ControlPanel& panel, const QmpArguments& arguments) {
  std::vector<std::string> names;
  for (const Json& key : arguments.all().at("keys")) {
    const auto name = key_name(key);
    if (!name) return QmpFailure{"Parameter 'keys' must hold keys of type qcode"};
    names.push_back(*name);
  }
  const std::vector<std::string_view> keys(names.begin(), names.end());
  if (auto pressed = press_keys(panel.chipset, keys); !pressed) {
    return QmpFailure{pressed.error().message};
  }
  return Json::object();
}

QmpOutcome ringbuf_read(ControlPanel& panel, const QmpArguments& arguments) {
  const auto ring = panel.chardevs.ring(arguments.text("device"));
  if (!ring) return QmpFailure{ring.error().message};
  if (arguments.has("format") && arguments.text("format") != "utf8") {
    return QmpFailure{"Parameter 'format' must be utf8"};
  }
  return Json((*ring)->take(arguments.number("size")));
}

QmpOutcome ringbuf_write(ControlPanel& panel, const QmpArguments& arguments) {
  const auto ring = panel.chardevs.ring(arguments.text("device"));
  if (!ring) return QmpFailure{ring.error().message};
  if (arguments.has("format") && arguments.text("format") != "utf8") {
    return QmpFailure{"Parameter 'format' must be utf8"};
  }
  (*ring)->give(arguments.text("data"));
  return Json::object();
}

QmpOutcome query_uuid(ControlPanel& /*panel*/, const QmpArguments& /*arguments*/) {
  return Json{{"UUID", "00000000-0000-0000-0000-000000000000"}};
}

QmpOutcome query_memory(ControlPanel& panel, const QmpArguments& /*arguments*/) {
  return Json{{"base-memory", panel.config.memory_bytes}, {"plugged-memory", 0}};
}

constexpr QmpParameter kMemsave[] = {{"val", QmpType::kNumber},
                                     {"size", QmpType::kNumber},
                                     {"filename"},
                                     {"cpu-index", QmpType::kNumber, true}};
constexpr QmpParameter kKeys[] = {{"keys", QmpType::kArray}, {"hold-time", QmpType::kNumber, true}};
constexpr QmpParameter kEvents[] = {{"device", QmpType::kText, true},
                                    {"head", QmpType::kNumber, true},
                                    {"events", QmpType::kArray}};
constexpr QmpParameter kRead[] = {
    {"device"}, {"size", QmpType::kNumber}, {"format", QmpType::kText, true}};
constexpr QmpParameter kWrite[] = {{"device"}, {"data"}, {"format", QmpType::kText, true}};

constexpr QmpCommand kRows[] = {
    {"memsave", kMemsave, memsave},        {"pmemsave", std::span(kMemsave).first(3), pmemsave},
    {"send-key", kKeys, send_key},         {"input-send-event", kEvents, input_send_event},
    {"inject-nmi", {}, nullptr, {}, "nmi"},
    {"ringbuf-read", kRead, ringbuf_read, QmpReturns::kText},
    {"ringbuf-write", kWrite, ringbuf_write},
    {"query-uuid", {}, query_uuid, QmpReturns::kObject},
    {"query-memory-size-summary", {}, query_memory, QmpReturns::kObject},
};

}  // namespace

std::span<const QmpCommand> qmp_inspect_commands() { return kRows; }

}  // namespace vireo
