#include "virtio/console/console_device.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "virtio/queue/chain_io.h"

namespace vireo {

using namespace virtio_console;

Result<std::unique_ptr<VirtioConsole>> VirtioConsole::create(
    const VirtioConsoleOptions& options, const std::vector<ConsolePortSpec>& ports) {
  std::vector<bool> taken(options.max_ports);
  for (const ConsolePortSpec& port : ports) {
    if (port.number >= options.max_ports) {
      return Error{fmt::format("nr={}: the device has ports 0 to {}; raise max_ports= (at most {})",
                               port.number, options.max_ports - 1,
                               VirtioConsoleOptions::kMostPorts)};
    }
    if (taken[port.number]) {
      return Error{fmt::format("nr={}: two ports have this number", port.number)};
    }
    taken[port.number] = true;
  }
  return std::unique_ptr<VirtioConsole>(new VirtioConsole(options, ports));
}

VirtioConsole::VirtioConsole(const VirtioConsoleOptions& options,
                             const std::vector<ConsolePortSpec>& ports)
    : options_(options), sized_(false), ports_(options.max_ports) {
  for (const ConsolePortSpec& spec : ports) {
    ports_[spec.number] = std::make_unique<Port>(Port{ConsolePort(spec)});
  }
  sized_ = ports_[0] != nullptr && ports_[0]->port.size().has_value();
}

uint64_t VirtioConsole::device_features() const {
  return (sized_ ? kSize : 0) | (options_.max_ports > 1 ? kMultiport : 0) |
         (options_.emergency_write ? kEmergencyWrite : 0);
}

unsigned VirtioConsole::queue_count() const {
  return options_.max_ports > 1 ? 2 * options_.max_ports + 2 : 2;
}

void VirtioConsole::read_config(std::span<std::byte> out) const {
  Config config{.max_ports = options_.max_ports};
  if (sized_) {
    const TerminalSize size = ports_[0]->port.size().value_or(TerminalSize{});
    config.columns = size.columns;
    config.rows = size.rows;
  }
  std::memcpy(out.data(), &config, std::min(out.size(), sizeof config));
}

// Section 5.3.5.1: any time, even before the driver is there.
void VirtioConsole::write_config(uint32_t offset, std::span<const std::byte> bytes) {
  constexpr uint32_t kRegister = offsetof(Config, emergency_write);
  if (!options_.emergency_write || offset > kRegister || kRegister - offset >= bytes.size()) return;
  if (ports_[0] == nullptr) return;
  const auto byte = static_cast<uint8_t>(bytes[kRegister - offset]);
  ports_[0]->port.channel().write({&byte, 1});
}

VirtioConsole::Port* VirtioConsole::find(uint32_t number) {
  return number < ports_.size() ? ports_[number].get() : nullptr;
}

// A queue that the negotiated features do not have stays as it is.
QueueWork VirtioConsole::process_queue(unsigned index, Virtqueue& queue) {
  if (index >= 2 && !has(kMultiport)) return QueueWork::kPaused;
  if (index == kControlReceive) return send_control(queue);
  if (index == kControlTransmit) return take_control(queue);
  const unsigned number = port_of_queue(index);
  return index % 2 == 0 ? receive(number, queue) : transmit(number, queue);
}

QueueWork VirtioConsole::receive(unsigned number, Virtqueue& queue) {
  Port* port = find(number);
  if (port == nullptr) return QueueWork::kPaused;
  port->receiving = true;
  std::vector<uint8_t>& input = port->port.input();
  for (unsigned taken = 0; !input.empty(); ++taken) {
    if (taken == kChainsPerEvent) return QueueWork::kMore;
    const auto chain = queue.pop();
    if (!chain) return QueueWork::kDrained;
    ChainWriter writer(host().memory(), *chain);
    const size_t count = std::min<size_t>(writer.remaining(), input.size());
    writer.write(std::as_bytes(std::span(input).first(count)));
    queue.push(*chain, writer.written());
    input.erase(input.begin(), input.begin() + static_cast<ptrdiff_t>(count));
  }
  return QueueWork::kPaused;
}

QueueWork VirtioConsole::transmit(unsigned number, Virtqueue& queue) {
  Port* port = find(number);
  for (unsigned taken = 0; taken < kChainsPerEvent; ++taken) {
    const auto chain = queue.pop();
    if (!chain) return QueueWork::kDrained;
    // Section 5.3.6.1: a buffer to transmit has nothing to write in it.
    const bool valid = chain->writable_bytes() == 0;
    if (valid && port != nullptr) port->port.transmit(ChainReader(host().memory(), *chain));
    queue.push(*chain, 0);
  }
  return QueueWork::kMore;
}

QueueWork VirtioConsole::send_control(Virtqueue& queue) {
  unsigned taken = 0;
  for (const auto& port : ports_) {
    if (port == nullptr) continue;
    while (const auto event = port->port.next_message()) {
      if (taken++ == kChainsPerEvent) return QueueWork::kMore;
      const auto chain = queue.pop();
      if (!chain) return QueueWork::kDrained;
      const auto message = port->port.take_message(*event);
      ChainWriter writer(host().memory(), *chain);
      // What a driver's buffer has no room for is lost to it.
      writer.write(std::span(message).first(std::min<size_t>(writer.remaining(), message.size())));
      queue.push(*chain, writer.written());
    }
  }
  return QueueWork::kPaused;
}

QueueWork VirtioConsole::take_control(Virtqueue& queue) {
  for (unsigned taken = 0; taken < kChainsPerEvent; ++taken) {
    const auto chain = queue.pop();
    if (!chain) return QueueWork::kDrained;
    ChainReader reader(host().memory(), *chain);
    if (const auto message = reader.read<ControlMessage>()) obey(*message);
    queue.push(*chain, 0);
  }
  return QueueWork::kMore;
}

// Section 5.3.6.2: unknown ports and events are ignored.
void VirtioConsole::obey(const ControlMessage& message) {
  if (message.event == ControlEvent::kDeviceReady) {
    for (const auto& port : ports_) {
      if (port != nullptr && message.value != 0) port->port.announce();
    }
    host().queue_ready(kControlReceive);
    return;
  }
  Port* port = find(message.port);
  if (port == nullptr) return;
  if (message.event == ControlEvent::kPortReady && message.value != 0) {
    port->port.driver_ready(has(kSize));
    host().queue_ready(kControlReceive);
  } else if (message.event == ControlEvent::kPortOpen) {
    port->port.set_driver_open(message.value != 0);
  }
}

bool VirtioConsole::open_for_input(const Port& port) const {
  return port.receiving && (!has(kMultiport) || port.port.driver_open());
}

bool VirtioConsole::look(Port& port) {
  const ConsolePort::Changes changes = port.port.look();
  if (changes.connection) port.port.tell_open();
  if (changes.size && has(kSize)) port.port.tell_size();
  if (changes.size && sized_ && port.port.number() == 0) host().config_changed();
  if ((changes.connection || changes.size) && has(kMultiport)) host().queue_ready(kControlReceive);
  if (!open_for_input(port) || !port.port.take_input()) return false;
  host().queue_ready(receive_queue(port.port.number()));
  return true;
}

bool VirtioConsole::poll_input() {
  bool came = false;
  for (const auto& port : ports_) {
    if (port != nullptr && look(*port)) came = true;
  }
  return came;
}

void VirtioConsole::reset() {
  for (const auto& port : ports_) {
    if (port == nullptr) continue;
    port->port.reset();
    port->receiving = false;
  }
}

void VirtioConsole::visit(Archive& archive) {
  for (const auto& port : ports_) {
    if (port == nullptr) continue;
    port->port.visit(archive);
    archive.io(port->receiving);
  }
}

}  // namespace vireo
