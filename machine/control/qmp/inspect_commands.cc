// QMP's commands that look into the machine or act on its inputs, most of them as the monitor's.
#include <fmt/format.h>

#include <algorithm>
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

// One thing that keyboard or mouse do.
struct InputStep {
  std::string key = {};  // empty: it is the mouse
  bool down = false;
  MouseChange move = {};  // without the buttons
  uint8_t button = 0;  // that is pressed or released
  std::optional<uint16_t> x = {}, y = {};  // where the tablet's pointer is
};

struct ButtonName {
  std::string_view name;
  uint8_t button;
  int wheel;
};
constexpr ButtonName kButtons[] = {{"left", 1, 0},      {"right", 2, 0},     {"middle", 4, 0},
                                   {"wheel-up", 0, -1}, {"wheel-down", 0, 1}};

std::optional<InputStep> button_step(const Json& data) {
  const auto name = data.value("button", Json());
  if (!name.is_string() || !data.contains("down") || !data["down"].is_boolean()) return {};
  for (const ButtonName& known : kButtons) {
    if (name.get<std::string>() != known.name) continue;
    InputStep step{.down = data["down"].get<bool>(), .button = known.button};
    if (step.down) step.move.wheel = known.wheel;
    return step;
  }
  return {};
}

// As on the screen, down is positive.
std::optional<InputStep> move_step(const Json& data) {
  const auto axis = data.value("axis", Json());
  const auto value = data.value("value", Json());
  if (!value.is_number_integer() || (axis != "x" && axis != "y")) return {};
  const int by = static_cast<int>(std::clamp<int64_t>(value.get<int64_t>(), -10000, 10000));
  return axis == "x" ? InputStep{.move = {.dx = by}} : InputStep{.move = {.dy = -by}};
}

std::optional<InputStep> place_step(const Json& data) {
  const auto axis = data.value("axis", Json());
  const auto value = data.value("value", Json());
  if (!value.is_number_integer() || (axis != "x" && axis != "y")) return {};
  const auto at = static_cast<uint16_t>(std::clamp<int64_t>(value.get<int64_t>(), 0, 0x7fff));
  return axis == "x" ? InputStep{.x = at} : InputStep{.y = at};
}

std::optional<InputStep> step_of(const Json& event) {
  if (!event.is_object()) return {};
  const Json type = event.value("type", Json()), data = event.value("data", Json());
  if (!data.is_object()) return {};
  if (type == "btn") return button_step(data);
  if (type == "rel") return move_step(data);
  if (type == "abs") return place_step(data);
  if (type != "key" || !data.contains("down") || !data["down"].is_boolean()) return {};
  const auto name = key_name(data.value("key", Json()));
  if (!name) return {};
  return InputStep{.key = *name, .down = data["down"].get<bool>()};
}

Result<void> take_step(ControlPanel& panel, InputStep step) {
  if (!step.key.empty()) return turn_key(panel, step.key, step.down);
  if (step.x || step.y) {
    place_pointer(panel, step.x, step.y);
    return {};
  }
  const uint8_t held = mouse_buttons(panel);
  step.move.buttons = static_cast<uint8_t>(step.down ? held | step.button : held & ~step.button);
  move_mouse(panel, step.move);
  return {};
}

// A place is one step, though its two ways come as two events.
void add_step(std::vector<InputStep>& steps, const InputStep& step) {
  const bool second = step.y && !steps.empty() && steps.back().x && !steps.back().y;
  if (second) {
    steps.back().y = step.y;
  } else {
    steps.push_back(step);
  }
}

// All of them are looked at before the first is done.
QmpOutcome input_send_event(ControlPanel& panel, const QmpArguments& arguments) {
  std::vector<InputStep> steps;
  for (const Json& event : arguments.all().at("events")) {
    const auto step = step_of(event);
    if (!step) {
      return QmpFailure{
          "There are a keyboard and a mouse: 'events' must hold keys of type qcode, buttons, and "
          "relative moves, or absolute ones for a tablet"};
    }
    if ((step->x || step->y) && !has_tablet(panel)) {
      return QmpFailure{"There is no tablet whose driver runs, for events of type abs"};
    }
    add_step(steps, *step);
  }
  for (const InputStep& step : steps) {
    if (auto taken = take_step(panel, step); !taken) return QmpFailure{taken.error().message};
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
  if (auto pressed = press_keys(panel, keys); !pressed) {
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

QmpOutcome screendump(ControlPanel& panel, const QmpArguments& arguments) {
  if (!panel.screens.any()) return QmpFailure{"The machine has no display to dump"};
  if (arguments.has("device")) return QmpFailure{"There is one screen: leave 'device' out"};
  if (arguments.has("head") && arguments.number("head") != 0) {
    return QmpFailure{"Parameter 'head' must be 0"};
  }
  return run_as_monitor_command(
      panel, "screendump",
      {{"filename", arguments.text("filename")},
       {"-f", "-f"},
       {"format", arguments.has("format") ? arguments.text("format") : "ppm"}});
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

constexpr QmpParameter kScreendump[] = {{"filename"},
                                        {"device", QmpType::kText, true},
                                        {"head", QmpType::kNumber, true},
                                        {"format", QmpType::kText, true}};

constexpr QmpCommand kRows[] = {
    {"screendump", kScreendump, screendump},
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
