// What a monitor at a VGA shows: a pure function of its registers, its memory and the moment.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "machine/base/picture.h"
#include "machine/devices/vga/bochs_display.h"
#include "machine/devices/vga/vga_registers.h"

namespace vireo {

// `memory` has at least 256 KiB, and all that `linear` speaks of.
struct VgaView {
  VgaState state;
  std::optional<LinearMode> linear;
  std::span<const std::byte> memory;
  bool cursor_on = true;  // the halves of their periods
  bool blink_on = true;
};

// The view of a moment: the cursor changes every 8 pictures of the beam, blinking letters every 16.
VgaView vga_view(const VgaState& state, const std::optional<LinearMode>& linear,
                 std::span<const std::byte> memory, uint64_t now_ns);

// 720 by 400 points in the usual text mode. A screen that is off is black, 640 by 480.
Picture vga_picture(const VgaView& view);

// The letters of a text mode in UTF-8, a line for each row, without blanks at its end.
std::optional<std::string> vga_text(const VgaView& view);

// Which bytes of the memory the picture may depend on.
std::span<const std::byte> vga_shown_bytes(const VgaView& view);

}  // namespace vireo
