#include "pci/resource_assignment.h"

#include <doctest/doctest.h>

#include <optional>

#include "pci/config_registers.h"
#include "pci/express_port.h"
#include "tests/unit/pci/pci_testbed.h"

namespace vireo {
namespace {

using testing::BusTestbed;
using testing::RecordingHandler;
using testing::SampleFunction;

constexpr ResourceWindows kWindows{.io = {0xc000, 0x10000},
                                   .memory32 = {0xc0000000, 0xfec00000},
                                   .memory64 = {0x800000000, 0x1000000000}};

uint8_t line_of(unsigned device, unsigned pin) {
  return static_cast<uint8_t>(10 + (device + pin) % 2);
}

// A function with one 64-bit prefetchable BAR at register 0.
struct WideFunction : PciFunction {
  explicit WideFunction(uint64_t size) : PciFunction("wide", SampleFunction::kIdentity) {
    add_bar(0, {BarType::kMemory64, size, true}, handler);
  }
  RecordingHandler handler;
};

TEST_CASE_FIXTURE(BusTestbed, "every BAR gets a place of its own, the largest first") {
  SampleFunction three("three"), five("five", PciPin::kB);
  REQUIRE(bus.attach(three, 3).ok());
  REQUIRE(bus.attach(five, 5, 0).ok());

  REQUIRE(assign_resources(bus, kWindows, line_of).ok());

  CHECK(three.bar(0)->address(three.config()) == 0xc000);
  CHECK(five.bar(0)->address(five.config()) == 0xc040);
  CHECK(three.bar(4)->address(three.config()) == 0xc0000000);
  CHECK(five.bar(4)->address(five.config()) == 0xc0004000);
  CHECK(three.bar(1)->address(three.config()) == 0xc0008000);
  CHECK(five.bar(1)->address(five.config()) == 0xc0009000);
}

TEST_CASE_FIXTURE(BusTestbed, "decode and SERR# are on, bus mastering off, lines set") {
  SampleFunction three("three"), five("five", PciPin::kB), pinless("six", PciPin::kNone);
  REQUIRE(bus.attach(three, 3).ok());
  REQUIRE(bus.attach(five, 3, 5).ok());
  REQUIRE(bus.attach(pinless, 6).ok());

  REQUIRE(assign_resources(bus, kWindows, line_of).ok());

  CHECK(read({0, 3, 0}, 0x04, 2) == 0x0103);
  CHECK(read({0, 3, 5}, 0x04, 2) == 0x0103);
  CHECK(read({0, 3, 0}, 0x3c, 1) == 11);
  CHECK(read({0, 3, 5}, 0x3c, 1) == 10);
  CHECK(read({0, 6, 0}, 0x3c, 1) == 0);
  CHECK(io.claimed(0xc000));
  CHECK(memory.claimed(0xc0000000));
}

TEST_CASE_FIXTURE(BusTestbed, "64-bit prefetchable BARs go high only when the low window is full") {
  WideFunction huge(uint64_t{8} << 30);
  SampleFunction small;
  REQUIRE(bus.attach(huge, 2).ok());
  REQUIRE(bus.attach(small, 3).ok());

  REQUIRE(assign_resources(bus, kWindows, line_of).ok());

  CHECK(huge.bar(0)->address(huge.config()) == 0x800000000);
  CHECK(small.bar(4)->address(small.config()) == 0xa00000000);
  CHECK(small.bar(1)->address(small.config()) == 0xc0000000);
  CHECK(memory.claimed(0x800000000));
}

TEST_CASE_FIXTURE(BusTestbed, "what does not fit is named") {
  WideFunction huge(uint64_t{1} << 40);
  REQUIRE(bus.attach(huge, 2).ok());

  const Result<void> result = assign_resources(bus, kWindows, line_of);

  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message.find("02.0 BAR 0") != std::string::npos);
  CHECK(read({0, 2, 0}, 0x10, 4) == 0xc);
}

TEST_CASE_FIXTURE(BusTestbed, "too many I/O BARs for the window are an error, not an overlap") {
  std::vector<std::unique_ptr<SampleFunction>> functions;
  for (unsigned i = 0; i < 4; ++i) {
    functions.push_back(std::make_unique<SampleFunction>(std::string(1, char('a' + i))));
    REQUIRE(bus.attach(*functions.back(), i).ok());
  }
  ResourceWindows tight = kWindows;
  tight.io = {0xc000, 0xc0c0};

  const Result<void> result = assign_resources(bus, tight, line_of);

  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message.find("03.0 BAR 0") != std::string::npos);
}

// The ports that a bridge lets through; nothing when its window is closed.
std::optional<uint32_t> io_window(BusTestbed& bed, unsigned device) {
  const uint32_t both = bed.read({0, static_cast<uint8_t>(device), 0}, pci_reg::kIoBase, 2);
  const uint32_t first = (both & 0xf0) << 8, last = both & 0xf000;
  return first <= last ? std::optional(first) : std::nullopt;
}

TEST_CASE_FIXTURE(BusTestbed, "slots for cards to come get ports while there are some") {
  SampleFunction here("here");
  REQUIRE(bus.attach(here, 2).ok());
  std::vector<std::unique_ptr<ExpressRootPort>> ports;
  for (unsigned i = 0; i < 4; ++i) {
    const ExpressPortOptions options{
        .port = 0, .slot = {.number = static_cast<uint16_t>(i), .hotplug = i != 0}};
    ports.push_back(std::make_unique<ExpressRootPort>("port", options));
    REQUIRE(bus.attach(*ports.back(), 4 + i).ok());
  }
  ResourceWindows tight = kWindows;
  tight.io = {0xd000, 0x10000};

  REQUIRE(assign_resources(bus, tight, line_of).ok());

  CHECK(here.bar(0)->address(here.config()) == 0xd000);
  CHECK_FALSE(io_window(*this, 4).has_value());
  CHECK(io_window(*this, 5) == 0xe000);
  CHECK(io_window(*this, 6) == 0xf000);
  CHECK_FALSE(io_window(*this, 7).has_value());
}

TEST_CASE_FIXTURE(BusTestbed, "a second assignment gives the same places") {
  SampleFunction three("three");
  REQUIRE(bus.attach(three, 3).ok());
  REQUIRE(assign_resources(bus, kWindows, line_of).ok());
  const auto first = testing::save(three);

  REQUIRE(assign_resources(bus, kWindows, line_of).ok());

  CHECK(testing::save(three) == first);
}

}  // namespace
}  // namespace vireo
