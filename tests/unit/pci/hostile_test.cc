// Hostile guests: accesses of any width at any offset with any value, from a
// fixed seed. Nothing may crash, hang or be seen differently by a second run.
#include <doctest/doctest.h>

#include <memory>

#include "tests/unit/pci/pci_testbed.h"

namespace vireo {
namespace {

using testing::Noise;
using testing::Q35Testbed;
using testing::SampleFunction;

constexpr unsigned kSteps = 20000;

struct HostileMachine : Q35Testbed {
  SampleFunction three{"three"}, five{"five", PciPin::kB, kPciExpressConfig};
  uint64_t digest = 0;

  HostileMachine() {
    (void)bus.attach(three, 3);
    (void)bus.attach(five, 5, 2);
    host.program_express_window({0xb0000000, 0x10000000});
  }
  void mix(uint64_t value) { digest = (digest ^ value) * 0x100000001b3; }

  PciAddress some_function(Noise& noise) {
    constexpr PciAddress kAll[] = {{0, 0, 0}, {0, 31, 0}, {0, 3, 0}, {0, 5, 2}, {0, 5, 0}};
    return kAll[noise.below(5)];
  }
  // An address that is likely to hit something: a mapped range's surroundings.
  uint64_t some_address(Noise& noise, const IoSpace& space) {
    const auto& ranges = space.ranges();
    if (ranges.empty() || noise.below(8) == 0) return noise.next();
    const auto& range = ranges[noise.below(static_cast<unsigned>(ranges.size()))];
    return range.base + noise.next() % (range.size + 16) - 8;
  }
  void step(Noise& noise) {
    const unsigned size = 1u << noise.below(4);
    const uint64_t value = noise.next() >> noise.below(64);
    switch (noise.below(8)) {
      case 0:
        memory.write(some_address(noise, memory), size, value);
        break;
      case 1:
        mix(memory.read(some_address(noise, memory), size));
        break;
      case 2:
        io.write(some_address(noise, io) & 0xffff, size, value);
        break;
      case 3:
        mix(io.read(some_address(noise, io) & 0xffff, size));
        break;
      case 4:
        bus.config_write(some_function(noise), noise.below(0x110), 1u << noise.below(3),
                         static_cast<uint32_t>(value));
        break;
      case 5:
        mix(bus.config_read(some_function(noise), noise.below(0x110), 1u << noise.below(3)));
        break;
      case 6:
        three.set_interrupt(noise.below(2) != 0);
        break;
      default:
        five.msix()->notify(noise.below(5));
    }
  }
};

void run(HostileMachine& machine) {
  Noise noise(0x5eed);
  for (unsigned i = 0; i < kSteps; ++i) machine.step(noise);
}

TEST_CASE("PCI-27: 20000 hostile accesses are survived, identically each time") {
  auto first = std::make_unique<HostileMachine>();
  auto second = std::make_unique<HostileMachine>();

  run(*first);
  run(*second);

  CHECK(first->digest == second->digest);
  CHECK(testing::save(first->lpc) == testing::save(second->lpc));
  CHECK(first->three.config_read(0, 4) == 0x10011af4);
  CHECK(first->host.config_read(0, 4) == 0x29c08086);
}

TEST_CASE("after a hostile run, save and load give the same machine, mappings included") {
  auto machine = std::make_unique<HostileMachine>();
  auto copy = std::make_unique<HostileMachine>();
  run(*machine);

  machine->bus.for_each([&](PciFunction& function) {
    PciFunction& twin = *copy->bus.function(function.devfn() >> 3, function.devfn() & 7);
    CHECK(testing::load(twin, testing::save(function)));
  });

  REQUIRE(copy->memory.ranges().size() == machine->memory.ranges().size());
  for (size_t i = 0; i < machine->memory.ranges().size(); ++i) {
    CHECK(copy->memory.ranges()[i].base == machine->memory.ranges()[i].base);
    CHECK(copy->memory.ranges()[i].name == machine->memory.ranges()[i].name);
  }
}

TEST_CASE("a snapshot full of noise loads without harm") {
  Noise noise(7);
  for (unsigned round = 0; round < 50; ++round) {
    auto machine = std::make_unique<HostileMachine>();
    machine->bus.for_each([&](PciFunction& function) {
      std::vector<std::byte> bytes = testing::save(function);
      for (std::byte& byte : bytes) byte = static_cast<std::byte>(noise.next());
      testing::load(function, bytes);
      function.set_interrupt(true);
      function.config_write(0x04, 2, 0x7);
    });
    Noise more(round + 1);
    for (unsigned i = 0; i < 200; ++i) machine->step(more);
  }
}

}  // namespace
}  // namespace vireo
