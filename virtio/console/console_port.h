// One port of a virtio-console: its far end, what it must tell the driver, held input.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "machine/base/archive.h"
#include "machine/base/byte_channel.h"
#include "virtio/console/console_options.h"
#include "virtio/console/console_protocol.h"
#include "virtio/queue/chain_io.h"

namespace vireo {

// Knows no queue. What it has to tell is kept as one mark for each kind of message, not as a
// list, so that it stays bounded whatever a driver asks for; only the latest state is told.
class ConsolePort {
 public:
  // Input is taken from outside at most this far ahead of the driver.
  static constexpr size_t kInputBytes = 4096;
  // What one transmitted chain carries beyond this is dropped.
  static constexpr uint32_t kMaxTransmit = 1u << 20;

  explicit ConsolePort(const ConsolePortSpec& spec);

  unsigned number() const { return spec_.number; }
  const ConsolePortSpec& spec() const { return spec_; }
  std::optional<TerminalSize> size() const { return size_; }
  ByteChannel& channel() { return *spec_.channel; }

  // --- from the driver ---
  void announce() { mark(virtio_console::ControlEvent::kPortAdd); }
  // The driver has set the port up: what it is and whether anybody is there.
  void driver_ready(bool tell_size);
  void set_driver_open(bool open) { driver_open_ = open; }
  bool driver_open() const { return driver_open_; }
  void transmit(ChainReader reader);

  // --- from outside ---
  // Looks whether somebody came or left, or the terminal changed its size.
  struct Changes {
    bool connection = false;
    bool size = false;
  };
  Changes look();
  void tell_open();
  void tell_size();
  // Takes what waits outside, if nothing is held. True when anything came.
  bool take_input();
  std::vector<uint8_t>& input() { return input_; }

  // --- to the driver ---
  // The next message to send, in the order in which section 5.3.6.2.1 has them: the port,
  // its kind, its name, its state.
  std::optional<virtio_console::ControlEvent> next_message() const;
  // The bytes of that message; it is then no longer to be sent.
  std::vector<std::byte> take_message(virtio_console::ControlEvent event);

  void reset();
  void visit(Archive& archive);

 private:
  void mark(virtio_console::ControlEvent event);

  ConsolePortSpec spec_;
  uint8_t to_tell_ = 0;  // a bit for each ControlEvent
  bool ready_ = false;   // the driver said so
  bool driver_open_ = false;
  bool connected_ = false;  // as last seen
  std::optional<TerminalSize> size_;
  std::vector<uint8_t> input_;
};

}  // namespace vireo
