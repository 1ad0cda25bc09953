#include "machine/board/press_keys.h"

#include <utility>

#include "machine/board/control_panel.h"
#include "machine/devices/key_codes.h"
#include "virtio/features.h"
#include "virtio/input/evdev_keys.h"
#include "virtio/input/input_device.h"

namespace vireo {

namespace {

const Error kNoRoom{"the keyboard is off or full: the guest does not read it"};

bool driver_runs(VirtioUnit& unit) {
  return (unit.function->core().status() & virtio_status::kDriverOk) != 0;
}

// The newest device of such a kind, or null.
template <typename Wanted>
VirtioInput* newest(ControlPanel& panel, Wanted wanted) {
  VirtioInput* found = nullptr;
  panel.virtio.for_each([&](VirtioUnit& unit) {
    auto* device = dynamic_cast<VirtioInput*>(&unit.function->device());
    if (device != nullptr && wanted(device->kind()) && driver_runs(unit)) found = device;
  });
  return found;
}

VirtioInput* newest(ControlPanel& panel, InputKind kind) {
  return newest(panel, [kind](InputKind other) { return other == kind; });
}

// Who has buttons and wheel.
VirtioInput* pointer(ControlPanel& panel) {
  return newest(panel, [](InputKind kind) { return kind != InputKind::kKeyboard; });
}

Result<void> type(ControlPanel& panel, const std::vector<uint8_t>& codes) {
  if (panel.chipset.keyboard().type(codes)) return {};
  return kNoRoom;
}

void turn(VirtioInput& keyboard, std::string_view key, bool pressed) {
  if (const auto code = evdev_key(key)) keyboard.turn_key(*code, pressed);
}

}  // namespace

Result<void> press_keys(ControlPanel& panel, const std::vector<std::string_view>& keys) {
  const auto codes = key_stroke(keys);
  if (!codes) return codes.error();
  VirtioInput* keyboard = newest(panel, InputKind::kKeyboard);
  if (keyboard == nullptr) return type(panel, *codes);
  if (!keyboard->has_room(2 * keys.size())) return kNoRoom;
  for (const std::string_view key : keys) turn(*keyboard, key, true);
  for (size_t i = keys.size(); i > 0; --i) turn(*keyboard, keys[i - 1], false);
  return {};
}

Result<void> turn_key(ControlPanel& panel, std::string_view key, bool pressed) {
  const auto codes = key_change(key, pressed);
  if (!codes) return codes.error();
  VirtioInput* keyboard = newest(panel, InputKind::kKeyboard);
  if (keyboard == nullptr) return type(panel, *codes);
  if (!keyboard->has_room(1)) return kNoRoom;
  turn(*keyboard, key, pressed);
  return {};
}

Result<void> turn_key_at(ControlPanel& panel, unsigned usage, bool pressed) {
  const std::string_view key = key_at_usage(usage);
  return key.empty() ? Result<void>() : turn_key(panel, key, pressed);
}

void move_mouse(ControlPanel& panel, const MouseChange& change) {
  I8042& ps2 = panel.chipset.keyboard();
  VirtioInput* with_buttons = pointer(panel);
  VirtioInput* mouse = newest(panel, InputKind::kMouse);
  if (with_buttons == nullptr) {
    return ps2.move_mouse(change.dx, change.dy, change.buttons, change.wheel);
  }
  PointerChange step{.wheel = -change.wheel, .buttons = change.buttons};
  const PointerChange moves{.dx = change.dx, .dy = -change.dy};
  if (mouse == with_buttons) {
    step.dx = moves.dx;
    step.dy = moves.dy;
  } else if (mouse != nullptr) {
    mouse->point(moves);
  } else if (change.dx != 0 || change.dy != 0) {
    ps2.move_mouse(change.dx, change.dy, ps2.mouse_buttons());
  }
  with_buttons->point(step);
}

uint8_t mouse_buttons(ControlPanel& panel) {
  const VirtioInput* device = pointer(panel);
  return device != nullptr ? device->buttons() : panel.chipset.keyboard().mouse_buttons();
}

void place_pointer(ControlPanel& panel, std::optional<uint16_t> x, std::optional<uint16_t> y) {
  VirtioInput* tablet = newest(panel, InputKind::kTablet);
  if (tablet != nullptr) tablet->point({.x = x, .y = y, .buttons = tablet->buttons()});
}

bool has_tablet(ControlPanel& panel) { return newest(panel, InputKind::kTablet) != nullptr; }

}  // namespace vireo
