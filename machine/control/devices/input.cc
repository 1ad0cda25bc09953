// -device virtio-keyboard-pci, virtio-mouse-pci, virtio-tablet-pci: what a user works with.
#include <fmt/format.h>

#include <iterator>

#include "machine/control/devices/device_row.h"

namespace vireo {
namespace {

constexpr OptionKey kKeys[] = {
    {.name = "serial", .help = "serial number, up to 128 letters"},
    {.name = "wheel-axis",
     .type = OptionType::kBool,
     .help = "there is a wheel",
     .otherwise = "on"},
};
constexpr std::span<const OptionKey> kKeyboardKeys(kKeys, 1);

template <InputKind kKind>
Result<VirtioTypeConfig> parse(std::string_view option, const ParsedOptions& parsed) {
  VirtioInputOptions options{.kind = kKind};
  options.serial = parsed.text("serial");
  if (options.serial.size() > VirtioInputOptions::kLongestSerial) {
    return Error{fmt::format("{}: serial= has more than {} letters", option,
                             VirtioInputOptions::kLongestSerial)};
  }
  options.wheel_axis = parsed.flag("wheel-axis", options.wheel_axis);
  return VirtioTypeConfig(InputConfig{options});
}

}  // namespace

const VirtioRow kKeyboardRow = {.name = "virtio-keyboard",
                                .help = "keyboard",
                                .keys = kKeyboardKeys,
                                .has_transitional_form = false,
                                .parse = parse<InputKind::kKeyboard>};
const VirtioRow kMouseRow = {.name = "virtio-mouse",
                             .help = "mouse",
                             .keys = kKeys,
                             .has_transitional_form = false,
                             .parse = parse<InputKind::kMouse>};
const VirtioRow kTabletRow = {.name = "virtio-tablet",
                              .help = "pointer that tells where it is; the window need not grab it",
                              .keys = kKeys,
                              .has_transitional_form = false,
                              .parse = parse<InputKind::kTablet>};

}  // namespace vireo
