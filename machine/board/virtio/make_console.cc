// virtio-serial: each port ends in a character device.
#include <fmt/format.h>

#include <utility>
#include <vector>

#include "machine/board/virtio/make_virtio.h"
#include "machine/board/virtio/polled_device.h"
#include "virtio/console/console_device.h"

namespace vireo {
namespace {

struct Channels {
  std::vector<std::unique_ptr<ByteChannel>> all;
  void flush() {
    for (const auto& channel : all) channel->flush();
  }
};

// What `info chardev` calls the port.
std::string user_name(const ConsolePortConfig& port) {
  const std::string kind = port.console ? "virtconsole" : "virtserialport";
  return port.name.empty() ? fmt::format("{} {}", kind, port.number)
                           : fmt::format("{} {}", kind, port.name);
}

Result<std::unique_ptr<ByteChannel>> open_channel(const ConsolePortConfig& port,
                                                  Chardevs& chardevs) {
  ChannelSpec spec;
  if (!port.chardev.empty()) {
    spec.kind = ChannelSpec::Kind::kChardev;
    spec.path = port.chardev;
  }
  auto channel = chardevs.open(spec, user_name(port));
  if (!channel) return Error{fmt::format("{}: {}", port.option, channel.error().message)};
  return channel;
}

}  // namespace

Result<MadeVirtio> make_virtio(const ConsoleConfig& type, const VirtioDeviceConfig& device,
                               const VirtioMaterial& material) {
  Channels channels;
  std::vector<ConsolePortSpec> ports;
  for (const ConsolePortConfig& port : type.ports) {
    auto channel = open_channel(port, material.chardevs);
    if (!channel) return channel.error();
    ports.push_back({port.number, port.console, port.name, channel->get()});
    channels.all.push_back(std::move(*channel));
  }
  auto console = VirtioConsole::create(type.options, ports);
  if (!console) return Error{fmt::format("-device {}: {}", device.model, console.error().message)};
  using BackEnd = PolledDevice<VirtioConsole, Channels>;
  auto back_end = std::make_unique<BackEnd>(material.input, std::move(channels));
  back_end->connect(**console);
  return MadeVirtio{std::move(back_end), std::move(*console)};
}

}  // namespace vireo
