// A virtio-console whose ports end in the test's hands.
#pragma once

#include <deque>

#include "tests/unit/virtio/core_rig.h"
#include "virtio/console/console_device.h"

namespace vireo::testing {

struct TestChannel final : ByteChannel {
  void write(std::span<const uint8_t> bytes) override { out.append(bytes.begin(), bytes.end()); }
  std::optional<uint8_t> read() override {
    if (in.empty()) return std::nullopt;
    const char byte = in.front();
    in.pop_front();
    return static_cast<uint8_t>(byte);
  }
  bool connected() const override { return here; }
  std::optional<TerminalSize> terminal_size() const override { return size; }
  void type(std::string_view text) { in.insert(in.end(), text.begin(), text.end()); }

  std::string out;
  std::deque<char> in;
  bool here = true;
  std::optional<TerminalSize> size;
};

// Port 0 is a console, port 1 a serial port called "org.test", port 3 one without a name.
struct ConsoleRig : CoreRig<VirtioConsole> {
  static constexpr unsigned kRx0 = 0, kTx0 = 1, kControlRx = 2, kControlTx = 3, kRx1 = 4, kTx1 = 5,
                            kRx3 = 8;
  static constexpr uint64_t kIn = kBuffers;             // a buffer to receive in
  static constexpr uint64_t kOut = kBuffers + 0x10000;  // one to transmit
  static constexpr uint64_t kControl = kBuffers + 0x20000;

  explicit ConsoleRig(TestChannel* channels, const VirtioConsoleOptions& options = {.max_ports = 4})
      : CoreRig([&](RigBase&) {
          std::vector<ConsolePortSpec> ports{
              {.number = 0, .console = true, .name = {}, .channel = &channels[0]}};
          if (options.max_ports > 1) {
            ports.push_back({.number = 1, .name = "org.test", .channel = &channels[1]});
            ports.push_back({.number = 3, .name = {}, .channel = &channels[2]});
          }
          auto made = VirtioConsole::create(options, ports);
          REQUIRE(made.ok());
          return std::move(made).value();
        }) {}

  void transmit(unsigned queue, std::string_view text) {
    put(kOut, text);
    send(queue, {{kOut, static_cast<uint32_t>(text.size()), false}});
  }
  void control(uint32_t port, uint16_t event, uint16_t value) {
    ram.write(GuestAddr{kOut}, virtio_console::ControlMessage{
                                   port, static_cast<virtio_console::ControlEvent>(event), value});
    send(kControlTx, {{kOut, 8, false}});
  }
  // Gives the device a buffer for a control message, at a place of its own.
  void offer_control(unsigned number) {
    const uint64_t at = kControl + 64 * uint64_t{number};
    rings[kControlRx].offer(rings[kControlRx].chain({{at, 64, true}}));
  }
  void offer_controls(unsigned count) {
    for (unsigned i = 0; i < count; ++i) offer_control(i);
    kick(kControlRx);
  }
  // The messages used so far: "port event value rest".
  std::vector<std::string> messages() {
    std::vector<std::string> out;
    for (uint16_t i = 0; i < used(kControlRx); ++i) {
      const UsedEntry entry = rings[kControlRx].used(i);
      const uint64_t at = kControl + 64 * uint64_t{i};
      const auto message = *ram.read<virtio_console::ControlMessage>(GuestAddr{at});
      out.push_back(std::to_string(message.port) + " " +
                    std::to_string(static_cast<unsigned>(message.event)) + " " +
                    std::to_string(message.value) + " " + text(at + 8, entry.length - 8));
    }
    return out;
  }
  // What a driver does until all ports are open.
  void open_ports() {
    offer_controls(12);
    control(0, 0, 1);
    for (const uint32_t port : {0, 1, 3}) {
      control(port, 3, 1);
      control(port, 6, 1);
    }
  }
};

}  // namespace vireo::testing
