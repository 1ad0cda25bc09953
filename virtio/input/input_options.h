// What a user may choose about a virtio-input device; names follow QEMU's properties.
#pragma once

#include <cstdint>
#include <string>

namespace vireo {

enum class InputKind : uint8_t { kKeyboard, kMouse, kTablet };

struct VirtioInputOptions {
  static constexpr uint32_t kLongestSerial = 128;

  InputKind kind = InputKind::kKeyboard;
  std::string serial = {};  // serial=
  bool wheel_axis = true;   // wheel-axis=: a mouse or tablet has a wheel
  bool operator==(const VirtioInputOptions&) const = default;
};

}  // namespace vireo
