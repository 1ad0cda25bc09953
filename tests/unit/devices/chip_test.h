// What the tests of chips share: virtual time, wires that remember, and the
// snapshot check that every device has to pass.
#pragma once

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "machine/base/byte_channel.h"
#include "machine/base/device.h"
#include "machine/base/event_queue.h"
#include "machine/base/io_space.h"
#include "machine/base/irq_line.h"
#include "machine/base/msi_message.h"
#include "machine/base/virtual_clock.h"

namespace vireo::test {

inline constexpr uint64_t kMicrosecond = 1'000;
inline constexpr uint64_t kMillisecond = 1'000'000;
inline constexpr uint64_t kSecond = 1'000'000'000;

// Virtual time with an event queue; advancing stops at each event, as the run
// loop does.
struct TestTime {
  VirtualClock clock;
  EventQueue events{clock};

  void advance_to(uint64_t ns) {
    while (events.next_deadline_ns() && *events.next_deadline_ns() <= ns) {
      skip_to(*events.next_deadline_ns());
      events.run_due();
    }
    skip_to(ns);
  }
  void advance(uint64_t ns) { advance_to(clock.now_ns() + ns); }

 private:
  void skip_to(uint64_t ns) {
    if (ns > clock.now_ns()) clock.skip_idle(ns - clock.now_ns());
  }
};

// A sink that remembers the level of each input and how often it rose.
struct TestSink : InterruptSink {
  std::array<bool, 32> level{};
  std::array<unsigned, 32> edges{};

  void set_input(unsigned pin, bool now) override {
    REQUIRE(pin < level.size());
    if (now && !level[pin]) ++edges[pin];
    level[pin] = now;
  }
  IrqLine line(unsigned pin) { return IrqLine(*this, pin); }
};

struct TestChannel : ByteChannel {
  std::string output;
  void write(std::span<const uint8_t> bytes) override { output.append(bytes.begin(), bytes.end()); }
  std::optional<uint8_t> read() override { return std::nullopt; }
};

struct TestMessages : MsiSink {
  std::vector<MsiMessage> sent;
  void send(MsiMessage message) override { sent.push_back(message); }
};

inline std::vector<std::byte> saved(Device& device) {
  Archive archive = Archive::saver();
  device.visit(archive);
  return archive.bytes();
}

// Save, change, load, save again: the bytes must be the same. A stream that is
// cut short must be refused, and the device must stay usable.
inline void check_snapshot(Device& device) {
  const std::vector<std::byte> before = saved(device);
  device.reset();

  Archive cut = Archive::loader({before.begin(), before.begin() + before.size() / 2});
  device.visit(cut);
  if (!before.empty()) CHECK_FALSE(cut.ok());

  Archive loader = Archive::loader(before);
  device.visit(loader);
  CHECK(loader.ok());
  CHECK(loader.at_end());
  CHECK(saved(device) == before);
}

inline uint8_t in(IoHandler& ports, uint64_t offset) {
  return static_cast<uint8_t>(ports.read(offset, 1));
}
inline void out(IoHandler& ports, uint64_t offset, uint8_t value) { ports.write(offset, 1, value); }

}  // namespace vireo::test
