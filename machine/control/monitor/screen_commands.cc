// Commands about what the machine shows.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "machine/board/press_keys.h"
#include "machine/control/monitor/command.h"
#include "machine/host/replaced_file.h"

namespace vireo {
namespace {

const Error kNoScreen{
    "the machine has no screen; start it with -vga std or -device virtio-gpu-pci"};

// As said; otherwise by the name.
Result<bool> png_wanted(const Arguments& arguments) {
  if (!arguments.has("-f")) return arguments.text("filename").ends_with(".png");
  const std::string format = arguments.text("format");
  if (arguments.text("-f") == "-f" && (format == "png" || format == "ppm")) return format == "png";
  return Error{fmt::format("'{} {}': give -f png or -f ppm", arguments.text("-f"), format)};
}

constexpr const char* kPicture = "picture";

Result<void> check_screendump(const Arguments& arguments) {
  if (const auto png = png_wanted(arguments); !png) return png.error();
  return ReplacedFile::check_place(arguments.text("filename"), kPicture);
}

Result<std::string> screendump(ControlPanel& panel, const Arguments& arguments) {
  if (!panel.screens.any()) return kNoScreen;
  const auto png = png_wanted(arguments);
  if (!png) return png.error();
  auto file = ReplacedFile::create(arguments.text("filename"), kPicture);
  if (!file) return file.error();
  const Picture picture = panel.screens.picture();
  const auto bytes = *png ? as_png(picture) : as_ppm(picture);
  if (auto written = file->write(bytes); !written) return written.error();
  if (auto done = file->commit(); !done) return done.error();
  return std::string();
}

Result<std::string> info_screen(ControlPanel& panel, const Arguments& /*arguments*/) {
  if (!panel.screens.any()) return kNoScreen;
  if (auto text = panel.screens.text()) return *text;
  const PictureSize size = panel.screens.picture().size;
  return fmt::format("a picture of {} by {} points, without text\n", size.width, size.height);
}

Result<int> signed_number(const Arguments& arguments, std::string_view name) {
  const std::string text = arguments.text(name);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  return Error{fmt::format("{}: '{}' is no number", name, text)};
}

// Down is positive, as on the screen.
Result<std::string> mouse_move(ControlPanel& panel, const Arguments& arguments) {
  const auto dx = signed_number(arguments, "dx");
  if (!dx) return dx.error();
  const auto dy = signed_number(arguments, "dy");
  if (!dy) return dy.error();
  const auto dz = arguments.has("dz") ? signed_number(arguments, "dz") : Result<int>(0);
  if (!dz) return dz.error();
  const auto within = [](int number) { return std::clamp(number, -10000, 10000); };
  move_mouse(panel, {.dx = within(*dx), .dy = -within(*dy), .wheel = within(*dz),
                             .buttons = mouse_buttons(panel)});
  return std::string();
}

// As in QEMU bit 1 is the middle one.
Result<std::string> mouse_button(ControlPanel& panel, const Arguments& arguments) {
  const uint64_t state = arguments.number("state");
  if (state > 7) return Error{fmt::format("{} is no state of three buttons; give 0 to 7", state)};
  move_mouse(panel,
             {.buttons = static_cast<uint8_t>((state & 1) | (state & 4) >> 1 | (state & 2) << 1)});
  return std::string();
}

constexpr CommandParameter kMove[] = {
    {.name = "dx"}, {.name = "dy"}, {.name = "dz", .optional = true}};
constexpr CommandParameter kButton[] = {{.name = "state", .type = OptionType::kNumber}};
constexpr CommandParameter kScreendump[] = {
    {.name = "filename"}, {.name = "-f", .optional = true}, {.name = "format", .optional = true}};

constexpr CommandRow kRows[] = {
    {"screendump", "", kScreendump, "write the screen's picture to a file, -f png or -f ppm",
     screendump, check_screendump},
    {"mouse_move", "", kMove, "move the mouse to the right and down, and turn its wheel",
     mouse_move},
    {"mouse_button", "", kButton, "press the mouse's buttons: 1 left, 2 middle, 4 right",
     mouse_button},
    {"info screen", "", {}, "the letters that the screen shows", info_screen},
};

}  // namespace

std::span<const CommandRow> screen_commands() { return kRows; }

}  // namespace vireo
