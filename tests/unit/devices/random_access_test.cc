// Every chip under random port accesses, random time and random snapshots: none
// may crash, stall or depend on anything but its inputs.
#include <memory>

#include "machine/devices/acpi_pm.h"
#include "machine/devices/cmos_rtc.h"
#include "machine/devices/hpet.h"
#include "machine/devices/i8042.h"
#include "machine/devices/i8254.h"
#include "machine/devices/i8259_pair.h"
#include "machine/devices/ioapic.h"
#include "machine/devices/reset_control.h"
#include "machine/devices/system_port_a.h"
#include "machine/devices/system_port_b.h"
#include "machine/devices/uart16550.h"
#include "tests/unit/devices/chip_test.h"

namespace vireo::test {
namespace {

// A fixed sequence of numbers (xorshift), the same on every host.
struct Numbers {
  uint64_t state;
  uint64_t next() {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
  }
  uint64_t below(uint64_t limit) { return next() % limit; }
};

struct AllChips {
  TestTime time;
  TestSink sink;
  TestMessages messages;
  TestChannel channel;
  Uart16550 uart{"uart", time.events, sink.line(4), &channel};
  I8259Pair pic{sink.line(20)};
  I8254 pit{time.events, sink.line(0)};
  SystemPortB port_b{time.events, pit};
  CmosRtc rtc{CmosRtcConfig{1'700'000'000}, time.events, sink.line(8)};
  Hpet hpet{HpetConfig{}, time.events, sink, sink.line(0), sink.line(8)};
  IoApic ioapic{messages, 0};
  AcpiPm pm{time.events, sink.line(9), [] {}};
  ResetControl reset_control{[] {}};
  SystemPortA port_a{[](bool) {}, [] {}};
  I8042 kbc{sink.line(1), sink.line(12), [](bool) {}, [] {}};

  std::vector<Device*> devices() {
    return {&uart, &pic, &pit, &port_b, &rtc, &hpet, &ioapic, &pm, &reset_control, &port_a, &kbc};
  }

  struct Window {
    IoHandler& handler;
    uint64_t size;
  };
  std::vector<Window> windows() {
    return {{uart.ports(), 8},
            {pic.master_ports(), 2},
            {pic.slave_ports(), 2},
            {pic.elcr_ports(), 2},
            {pit.ports(), 4},
            {port_b.port(), 1},
            {rtc.ports(), 2},
            {hpet, 0x180},
            {ioapic, 0x48},
            {pm, AcpiPm::kBlockSize},
            {pm.smi_command_ports(), 2},
            {reset_control.port(), 1},
            {port_a.port(), 1},
            {kbc.data_port(), 1},
            {kbc.command_port(), 1}};
  }

  void step(Numbers& numbers) {
    const auto all = windows();
    const Window& window = all[numbers.below(all.size())];
    const unsigned size = 1u << numbers.below(4);
    const uint64_t offset = numbers.below(window.size);
    if (numbers.below(2) == 0) {
      window.handler.read(offset, size);
    } else {
      window.handler.write(offset, size, numbers.next() >> (64 - 8 * size));
    }
    pic.set_input(static_cast<unsigned>(numbers.below(18)), numbers.below(2) == 0);
    ioapic.set_input(static_cast<unsigned>(numbers.below(26)), numbers.below(2) == 0);
    if (numbers.below(8) == 0) pic.acknowledge();
    if (numbers.below(8) == 0) uart.receive(static_cast<uint8_t>(numbers.next()));
    if (numbers.below(8) == 0) ioapic.eoi(static_cast<uint8_t>(numbers.next()));
    if (numbers.below(4) == 0) time.advance(numbers.below(50 * kMicrosecond));
    messages.sent.clear();
  }

  std::vector<std::byte> state() {
    std::vector<std::byte> all;
    for (Device* device : devices()) {
      const auto bytes = saved(*device);
      all.insert(all.end(), bytes.begin(), bytes.end());
    }
    return all;
  }
};

TEST_CASE("chips survive random accesses and save what they are") {
  AllChips chips;
  Numbers numbers{0x9e3779b97f4a7c15};
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 500; ++i) chips.step(numbers);
    for (Device* device : chips.devices()) {
      CAPTURE(device->name());
      check_snapshot(*device);
    }
  }
}

TEST_CASE("chips with the same inputs are in the same state") {
  std::vector<std::byte> states[2];
  for (auto& state : states) {
    AllChips chips;
    Numbers numbers{0x2545f4914f6cdd1d};
    for (int i = 0; i < 20'000; ++i) chips.step(numbers);
    state = chips.state();
  }
  CHECK(states[0] == states[1]);
}

TEST_CASE("chips survive any bytes as a snapshot") {
  Numbers numbers{0x1234567};
  for (int round = 0; round < 200; ++round) {
    AllChips chips;
    for (Device* device : chips.devices()) {
      std::vector<std::byte> bytes(saved(*device).size());
      for (std::byte& byte : bytes) byte = static_cast<std::byte>(numbers.next());
      Archive archive = Archive::loader(std::move(bytes));
      device->visit(archive);
    }
    for (int i = 0; i < 50; ++i) chips.step(numbers);
    CHECK(chips.time.clock.now_ns() < kSecond);
  }
}

}  // namespace
}  // namespace vireo::test
