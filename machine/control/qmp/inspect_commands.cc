// QMP's commands that look into the machine or act on its inputs, most of them as the monitor's.
#include <fmt/format.h>

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

// Keys by name; numbers of scan codes are not taken.
QmpOutcome send_key(ControlPanel& panel, const QmpArguments& arguments) {
  std::vector<std::string> names;
  for (const Json& key : arguments.all().at("keys")) {
    const bool named = key.is_object() && key.value("type", Json()) == "qcode" &&
                       key.contains("data") && key["data"].is_string();
    if (!named) return QmpFailure{"Parameter 'keys' must hold keys of type qcode"};
    names.push_back(key["data"].get<std::string>());
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
constexpr QmpParameter kRead[] = {
    {"device"}, {"size", QmpType::kNumber}, {"format", QmpType::kText, true}};
constexpr QmpParameter kWrite[] = {{"device"}, {"data"}, {"format", QmpType::kText, true}};

constexpr QmpCommand kRows[] = {
    {"memsave", kMemsave, memsave},        {"pmemsave", std::span(kMemsave).first(3), pmemsave},
    {"send-key", kKeys, send_key},         {"inject-nmi", {}, nullptr, "nmi"},
    {"ringbuf-read", kRead, ringbuf_read}, {"ringbuf-write", kWrite, ringbuf_write},
    {"query-uuid", {}, query_uuid},        {"query-memory-size-summary", {}, query_memory},
};

}  // namespace

std::span<const QmpCommand> qmp_inspect_commands() { return kRows; }

}  // namespace vireo
