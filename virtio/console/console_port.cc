#include "virtio/console/console_port.h"

#include <algorithm>
#include <span>

namespace vireo {

using namespace virtio_console;

namespace {

// Section 5.3.6.2.1, and what a driver needs first.
constexpr ControlEvent kOrder[] = {ControlEvent::kPortAdd, ControlEvent::kConsolePort,
                                   ControlEvent::kPortName, ControlEvent::kResize,
                                   ControlEvent::kPortOpen};

constexpr uint8_t bit(ControlEvent event) {
  return static_cast<uint8_t>(1u << static_cast<unsigned>(event));
}

void append(std::vector<std::byte>& out, std::span<const std::byte> bytes) {
  const size_t end = out.size();
  out.resize(end + bytes.size());
  std::copy(bytes.begin(), bytes.end(), out.data() + end);
}

template <typename T>
void append_value(std::vector<std::byte>& out, const T& value) {
  append(out, std::as_bytes(std::span(&value, 1)));
}

}  // namespace

ConsolePort::ConsolePort(const ConsolePortSpec& spec)
    : spec_(spec), connected_(spec.channel->connected()), size_(spec.channel->terminal_size()) {}

void ConsolePort::mark(ControlEvent event) { to_tell_ |= bit(event); }

void ConsolePort::driver_ready(bool tell_size) {
  ready_ = true;
  if (spec_.console) mark(ControlEvent::kConsolePort);
  if (!spec_.name.empty()) mark(ControlEvent::kPortName);
  if (tell_size && spec_.console && size_) mark(ControlEvent::kResize);
  if (connected_) mark(ControlEvent::kPortOpen);
}

void ConsolePort::transmit(ChainReader reader) {
  std::array<uint8_t, 4096> bytes;
  uint32_t left = std::min(reader.remaining(), kMaxTransmit);
  while (left > 0) {
    const auto part = std::span(bytes).first(std::min<size_t>(left, bytes.size()));
    if (!reader.read(std::as_writable_bytes(part))) return;
    if (connected_) spec_.channel->write(part);
    left -= static_cast<uint32_t>(part.size());
  }
}

ConsolePort::Changes ConsolePort::look() {
  const Changes changes{.connection = spec_.channel->connected() != connected_,
                        .size = spec_.channel->terminal_size() != size_};
  connected_ = spec_.channel->connected();
  size_ = spec_.channel->terminal_size();
  return changes;
}

void ConsolePort::tell_open() {
  if (ready_) mark(ControlEvent::kPortOpen);
}

void ConsolePort::tell_size() {
  if (ready_ && spec_.console && size_) mark(ControlEvent::kResize);
}

bool ConsolePort::take_input() {
  if (!input_.empty()) return false;
  while (input_.size() < kInputBytes) {
    const auto byte = spec_.channel->read();
    if (!byte) break;
    input_.push_back(*byte);
  }
  return !input_.empty();
}

std::optional<ControlEvent> ConsolePort::next_message() const {
  const auto* const event = std::find_if(std::begin(kOrder), std::end(kOrder),
                                         [&](ControlEvent e) { return (to_tell_ & bit(e)) != 0; });
  return event == std::end(kOrder) ? std::nullopt : std::optional(*event);
}

std::vector<std::byte> ConsolePort::take_message(ControlEvent event) {
  to_tell_ &= static_cast<uint8_t>(~bit(event));
  ControlMessage message{.port = spec_.number, .event = event, .value = 1};
  if (event == ControlEvent::kPortOpen) message.value = connected_ ? 1 : 0;
  std::vector<std::byte> out;
  append_value(out, message);
  if (event == ControlEvent::kResize) {
    const TerminalSize size = size_.value_or(TerminalSize{});
    append_value(out, ResizeData{size.columns, size.rows});
  }
  if (event == ControlEvent::kPortName) append(out, std::as_bytes(std::span(spec_.name)));
  return out;
}

void ConsolePort::reset() {
  to_tell_ = 0;
  ready_ = false;
  driver_open_ = false;
  input_.clear();
}

// Who is at the far end is found out anew: `connected_` says what the driver was told.
void ConsolePort::visit(Archive& archive) {
  archive.io(to_tell_);
  archive.io(ready_);
  archive.io(driver_open_);
  archive.io(connected_);
  archive.io(input_, kInputBytes);
}

}  // namespace vireo
