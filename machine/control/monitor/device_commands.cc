// Commands that change what the machine has: devices and what stands behind them.
#include <fmt/format.h>

#include "machine/control/devices/device_option.h"
#include "machine/control/monitor/command.h"

namespace vireo {
namespace {

Result<std::string> device_add(ControlPanel& panel, const Arguments& arguments) {
  const auto device = parse_virtio_device("device_add", arguments.text("device"));
  if (!device) return device.error();
  if (auto plugged = panel.plug.plug(*device); !plugged) return plugged.error();
  return std::string();
}

Result<std::string> device_del(ControlPanel& panel, const Arguments& arguments) {
  if (auto done = panel.plug.unplug(arguments.text("id")); !done) return done.error();
  return std::string();
}

Result<std::string> ringbuf_read(ControlPanel& panel, const Arguments& arguments) {
  const auto ring = panel.chardevs.ring(arguments.text("chardev"));
  if (!ring) return ring.error();
  std::string text = (*ring)->take(arguments.number("size"));
  if (!text.empty() && text.back() != '\n') text += '\n';
  return text;
}

Result<std::string> ringbuf_write(ControlPanel& panel, const Arguments& arguments) {
  const auto ring = panel.chardevs.ring(arguments.text("chardev"));
  if (!ring) return ring.error();
  (*ring)->give(arguments.text("data"));
  return std::string();
}

constexpr CommandParameter kDeviceAdd[] = {{.name = "device", .rest = true}};
constexpr CommandParameter kDeviceDel[] = {{.name = "id"}};
constexpr CommandParameter kRingRead[] = {{.name = "chardev"},
                                          {.name = "size", .type = OptionType::kSize}};
constexpr CommandParameter kRingWrite[] = {{.name = "chardev"}, {.name = "data", .rest = true}};

constexpr CommandRow kRows[] = {
    {"device_add", "", kDeviceAdd, "add a device, written as for -device", device_add},
    {"device_del", "", kDeviceDel, "ask the guest to let go of a device", device_del},
    {"ringbuf_read", "", kRingRead, "show and remove what a ringbuf holds", ringbuf_read},
    {"ringbuf_write", "", kRingWrite, "input for the user of a ringbuf", ringbuf_write},
};

}  // namespace

std::span<const CommandRow> device_commands() { return kRows; }

}  // namespace vireo
