#include "virtio/input/input_config.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <string_view>

#include "virtio/input/evdev_keys.h"

namespace vireo {

using namespace virtio_input;

namespace {

void put_text(Config& config, std::string_view text) {
  config.size = static_cast<uint8_t>(std::min<size_t>(text.size(), kUnionBytes));
  std::memcpy(config.bytes, text.data(), config.size);
}

template <typename Value>
void put_value(Config& config, const Value& value) {
  config.size = sizeof value;
  std::memcpy(config.bytes, &value, sizeof value);
}

// A bitmap is as long as its last bit needs.
void put_bit(Config& config, uint16_t bit) {
  config.bytes[bit / 8] = static_cast<uint8_t>(config.bytes[bit / 8] | 1 << bit % 8);
  config.size = std::max(config.size, static_cast<uint8_t>(bit / 8 + 1));
}

void put_bits(Config& config, std::initializer_list<uint16_t> bits) {
  for (const uint16_t bit : bits) put_bit(config, bit);
}

std::string_view name_of(InputKind kind) {
  switch (kind) {
    case InputKind::kKeyboard:
      return "vireo Virtio Keyboard";
    case InputKind::kMouse:
      return "vireo Virtio Mouse";
    case InputKind::kTablet:
      break;
  }
  return "vireo Virtio Tablet";
}

// The numbers of QEMU's devices, for drivers and rules that know those.
DevIds ids_of(InputKind kind) {
  return {kBusVirtual, 0x0627, static_cast<uint16_t>(1 + static_cast<unsigned>(kind)), 1};
}

void put_keyboard_bits(Config& config, uint16_t type) {
  if (type == kEvLed) put_bits(config, {kLedNumLock, kLedCapsLock, kLedScrollLock});
  if (type == kEvRep) config.size = 1;
  if (type != kEvKey) return;
  for (uint16_t code = 0; code < kEvdevKeys; ++code) {
    if (is_evdev_key(code)) put_bit(config, code);
  }
}

void put_pointer_bits(Config& config, const VirtioInputOptions& options, uint16_t type) {
  const bool mouse = options.kind == InputKind::kMouse;
  if (type == kEvKey) put_bits(config, {kBtnLeft, kBtnRight, kBtnMiddle});
  if (type == kEvRel && mouse) put_bits(config, {kRelX, kRelY});
  if (type == kEvRel && options.wheel_axis) put_bit(config, kRelWheel);
  if (type == kEvAbs && !mouse) put_bits(config, {kAbsX, kAbsY});
}

}  // namespace

Config input_config(const VirtioInputOptions& options, Select select, uint8_t subsel) {
  Config config{.select = select, .subsel = subsel};
  const bool whole = subsel == 0;  // for what has no parts
  if (select == Select::kIdName && whole) put_text(config, name_of(options.kind));
  if (select == Select::kIdSerial && whole) put_text(config, options.serial);
  if (select == Select::kIdDevids && whole) put_value(config, ids_of(options.kind));
  if (select == Select::kEvBits && options.kind == InputKind::kKeyboard) {
    put_keyboard_bits(config, subsel);
  } else if (select == Select::kEvBits) {
    put_pointer_bits(config, options, subsel);
  }
  const bool axis = options.kind == InputKind::kTablet && subsel <= kAbsY;
  if (select == Select::kAbsInfo && axis) put_value(config, AbsInfo{0, kAbsMax, 0, 0, 0});
  return config;
}

}  // namespace vireo
