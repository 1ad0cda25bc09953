// -vga: what the machine shows, and where.
#include <fmt/format.h>

#include "machine/control/handlers.h"

namespace vireo {

Result<void> take_vga(Draft& draft, std::string_view argument) {
  if (argument == "virtio") {
    return Error{
        "-vga virtio: that card has a VGA half, which is not there; give -vga none and "
        "-device virtio-gpu-pci, or -vga std with it"};
  }
  if (argument != "std" && argument != "none") {
    return Error{fmt::format("-vga {}: there is no such card; give std or none", argument)};
  }
  draft.vga = argument == "std" ? VgaKind::kStandard : VgaKind::kNone;
  return {};
}

// "sdl" may have properties in QEMU (sdl,gl=on), none of which there is here.
Result<void> take_display(Draft& draft, std::string_view argument) {
  if (argument != "sdl" && argument != "none") {
    return Error{fmt::format("-display {}: there is no such display; give sdl or none", argument)};
  }
  draft.window = argument == "sdl";
  draft.display_none = argument == "none";
  return {};
}

}  // namespace vireo
