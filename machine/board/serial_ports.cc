#include "machine/board/serial_ports.h"

#include <fmt/format.h>

#include <iterator>

namespace vireo {
namespace {

constexpr unsigned kUartPorts = 8;

}  // namespace

Result<std::unique_ptr<SerialPorts>> SerialPorts::create(const MachineConfig& config,
                                                         Chardevs& chardevs, MachineCore& core,
                                                         InterruptSink& isa) {
  std::unique_ptr<SerialPorts> ports(new SerialPorts);
  for (unsigned i = 0; i < config.serials.size(); ++i) {
    auto added = ports->add_port(i, config.serials[i], chardevs, core, isa);
    if (!added) return added.error();
  }
  if (config.debug_console) {
    auto added = ports->add_console(*config.debug_console, chardevs, core);
    if (!added) return added.error();
  }
  return ports;
}

Result<void> SerialPorts::add_port(unsigned number, const ChannelSpec& spec, Chardevs& chardevs,
                                   MachineCore& core, InterruptSink& isa) {
  if (spec.kind == ChannelSpec::Kind::kNone) return {};
  if (number >= std::size(address_map::kSerial)) {
    return Error{fmt::format("-serial: the machine has {} serial ports; give at most that many",
                             std::size(address_map::kSerial))};
  }
  const std::string name = fmt::format("serial{}", number);
  auto channel = chardevs.open(spec, name);
  if (!channel) return channel.error();
  const address_map::SerialPlace place = address_map::kSerial[number];
  Port& port = *ports_.emplace_back(
      std::make_unique<Port>(std::move(*channel), name, core.events, IrqLine(isa, place.irq)));
  port.mapping = core.ports.map(place.port, kUartPorts, port.uart.ports(), name);
  places_.push_back(number);
  return {};
}

Result<void> SerialPorts::add_console(const DebugConsoleConfig& config, Chardevs& chardevs,
                                      MachineCore& core) {
  auto channel = chardevs.open(config.channel, "debugcon");
  if (!channel) return channel.error();
  console_channel_ = std::move(*channel);
  console_ = std::make_unique<DebugPort>("isa-debugcon", console_channel_.get());
  console_mapping_ = core.ports.map(config.iobase, 1, console_->port(), "isa-debugcon");
  return {};
}

bool SerialPorts::poll_input() {
  bool came = false;
  for (const auto& port : ports_) {
    while (port->uart.can_receive()) {
      const auto byte = port->channel.read();
      if (!byte) break;
      port->uart.receive(*byte);
      came = true;
    }
  }
  return came;
}

void SerialPorts::flush_output() {
  for (const auto& port : ports_) port->channel.flush();
  if (console_channel_ != nullptr) console_channel_->flush();
}

std::string SerialPorts::panic() const {
  for (const auto& port : ports_) {
    if (!port->channel.watch().panic().empty()) return port->channel.watch().panic();
  }
  return {};
}

void SerialPorts::clear_panic() {
  for (const auto& port : ports_) port->channel.watch().clear();
}

// Once, though a kernel may tell it on several ports.
void SerialPorts::set_on_panic(const std::function<void(const std::string&)>& on_panic) {
  for (const auto& port : ports_) {
    port->channel.watch().set_listener([this, on_panic](const std::string& reason) {
      if (panic().empty()) on_panic(reason);
    });
  }
}

void SerialPorts::listen(LineListener listener) {
  if (!ports_.empty()) ports_.front()->channel.lines().add_listener(std::move(listener));
}

void SerialPorts::end_lines() {
  if (!ports_.empty()) ports_.front()->channel.lines().end();
}

void SerialPorts::visit_watches(Archive& archive) {
  for (const auto& port : ports_) port->channel.visit(archive);
}

std::vector<Device*> SerialPorts::devices() {
  std::vector<Device*> out;
  for (const auto& port : ports_) out.push_back(&port->uart);
  if (console_ != nullptr) out.push_back(console_.get());
  return out;
}

}  // namespace vireo
