// Commands that change what the machine has: devices and what stands behind them.
#include <fmt/format.h>

#include <utility>

#include "machine/control/chardev_option.h"
#include "machine/control/devices/device_option.h"
#include "machine/control/monitor/command.h"
#include "machine/control/net/netdev_types.h"

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

Result<std::string> netdev_add(ControlPanel& panel, const Arguments& arguments) {
  auto network = parse_netdev("netdev_add", arguments.text("network"));
  if (!network) return network.error();
  if (auto added = panel.virtio.add_network(std::move(*network)); !added) return added.error();
  return std::string();
}

Result<std::string> netdev_del(ControlPanel& panel, const Arguments& arguments) {
  const std::string id = arguments.text("id");
  const auto removed = panel.virtio.remove_network(id);
  if (!removed) return removed.error();
  if (!*removed) return Error{fmt::format("there is no network '{}'", id)};
  return std::string();
}

Result<std::string> chardev_add(ControlPanel& panel, const Arguments& arguments) {
  const auto chardev = parse_chardev("chardev-add", arguments.text("chardev"));
  if (!chardev) return chardev.error();
  if (auto added = add_running_chardev(panel, *chardev); !added) return added.error();
  return std::string();
}

Result<std::string> chardev_remove(ControlPanel& panel, const Arguments& arguments) {
  if (auto removed = panel.chardevs.remove(arguments.text("id")); !removed) return removed.error();
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
constexpr CommandParameter kNetdevAdd[] = {{.name = "network", .rest = true}};
constexpr CommandParameter kChardevAdd[] = {{.name = "chardev", .rest = true}};
constexpr CommandParameter kRingRead[] = {{.name = "chardev"},
                                          {.name = "size", .type = OptionType::kSize}};
constexpr CommandParameter kRingWrite[] = {{.name = "chardev"}, {.name = "data", .rest = true}};

constexpr CommandRow kRows[] = {
    {"device_add", "", kDeviceAdd, "add a device, written as for -device", device_add},
    {"device_del", "", kDeviceDel, "ask the guest to let go of a device", device_del},
    {"netdev_add", "", kNetdevAdd, "add a network for a card, written as for -netdev", netdev_add},
    {"netdev_del", "", kDeviceDel, "take back a network that no card has", netdev_del},
    {"chardev-add", "", kChardevAdd, "add a channel, written as for -chardev", chardev_add},
    {"chardev-remove", "", kDeviceDel, "close a channel that nobody uses", chardev_remove},
    {"ringbuf_read", "", kRingRead, "show and remove what a ringbuf holds", ringbuf_read},
    {"ringbuf_write", "", kRingWrite, "input for the user of a ringbuf", ringbuf_write},
};

}  // namespace

std::span<const CommandRow> device_commands() { return kRows; }

}  // namespace vireo
