// Fuzzes a tree of bridges, ports and functions: the input is a program of configuration
// cycles, accesses to BARs, cards that come and go, resets and snapshots.
#include <cstdlib>
#include <memory>
#include <tuple>
#include <vector>

#include "pci/expansion_rom.h"
#include "pci/express_port.h"
#include "pci/resource_assignment.h"
#include "tests/fuzz/fuzz_digest.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/pci/pci_testbed.h"

namespace vireo::fuzz {
namespace {

using testing::Q35Testbed;
using testing::SampleFunction;

constexpr int kMaxSteps = 256;
constexpr ResourceWindows kWindows{.io = {0x1000, 0x10000},
                                   .memory32 = {0xc0000000, 0xfec00000},
                                   .memory64 = {0x800000000, 0x1000000000}};

void note(uint64_t value) { digest().add(std::as_bytes(std::span(&value, 1))); }

struct Card : SampleFunction {
  explicit Card(std::string name) : SampleFunction(std::move(name), PciPin::kB, kPciExpressConfig) {
    add_express_endpoint();
    add_power_management();
    add_rom(std::vector<std::byte>(5000));
  }
};

class Tree : Q35Testbed {
 public:
  explicit Tree(FuzzInput& input) : input_(input) {
    (void)bus.attach(port_, 2);
    (void)bus.attach(outer_, 3);
    (void)bus.attach(near_, 4, 0);
    (void)bus.attach(other_, 4, 7);
    (void)port_.secondary_bus()->attach(card_, 0);
    (void)outer_.secondary_bus()->attach(inner_, 5);
    (void)outer_.secondary_bus()->attach(leaf_, 6);
    (void)inner_.secondary_bus()->attach(deep_, 31);
    port_.set_released_callback([this] { port_.secondary_bus()->detach(card_); });
    start();
  }

  void run() {
    for (int i = 0; i < kMaxSteps && !input_.empty(); ++i) step();
    check_snapshot();
    note(memory.ranges().size() << 8 | io.ranges().size());
  }

 private:
  void start() {
    reset();
    host.program_express_window({0xb0000000, 0x10000000});
    (void)assign_resources(bus, kWindows, [](unsigned, unsigned) { return 10; });
  }

  void step() {
    switch (input_.take<uint8_t>() % 16) {
      case 0:
        return access(memory, 0xb0000000 + input_.take<uint32_t>() % 0x600000);
      case 1:
        return access(memory, 0xc0000000 + input_.take<uint32_t>() % 0x1000000);
      case 2:
        return access(memory, input_.take<uint64_t>());
      case 3:
        return access(io, input_.take<uint16_t>());
      case 4:
        return interrupt();
      case 5:
        return cards();
      case 6:
        return housekeeping();
      default:
        return config_cycle();
    }
  }

  void access(IoSpace& space, uint64_t address) {
    const unsigned size = input_.width();
    if (input_.take<uint8_t>() & 1) {
      space.write(address, size, input_.take<uint64_t>());
    } else {
      note(space.read(address, size));
    }
  }

  // Aimed at what is there: bus numbers are small, registers those of headers and the
  // first capabilities.
  void config_cycle() {
    static constexpr uint8_t kDevices[] = {0, 2, 3, 4, 5, 6, 31};
    const PciAddress at{static_cast<uint8_t>(input_.below(6)), kDevices[input_.below(7)],
                        static_cast<uint8_t>(input_.below(20) == 0 ? 7 : 0)};
    const unsigned offset = input_.below(0xa0);
    const unsigned size = 1u << input_.below(3);
    if (input_.take<uint8_t>() & 3) {
      bus.config_write(at, offset, size, input_.take<uint32_t>());
    } else {
      note(bus.config_read(at, offset, size));
    }
  }

  void interrupt() {
    SampleFunction* const functions[] = {&near_, &other_, &leaf_, &deep_, &card_};
    SampleFunction& function = *functions[input_.below(5)];
    const uint8_t what = input_.take<uint8_t>();
    function.set_interrupt((what & 1) != 0);
    if ((what & 2) != 0) function.msix()->notify(what >> 2);
    if (!function.attached() && function.bus_master()) std::abort();
  }

  void cards() {
    switch (input_.take<uint8_t>() & 3) {
      case 0:
        if (!card_.attached()) (void)port_.secondary_bus()->attach(card_, 0);
        return;
      case 1:
        return port_.secondary_bus()->detach(card_);
      default:
        return port_.request_removal();
    }
  }

  void housekeeping() {
    const uint8_t what = input_.take<uint8_t>();
    if (what % 8 == 0) return start();
    if (what % 8 == 1) return reset();
    if (what % 8 == 2) return check_snapshot();
  }

  using Places = std::vector<std::tuple<uint64_t, uint64_t, uint64_t>>;
  static Places places(const IoSpace& space) {
    Places all;
    for (const auto& range : space.ranges()) all.emplace_back(range.base, range.size, range.order);
    return all;
  }

  // What was saved loads over a machine that was reset, mappings and lines included.
  void check_snapshot() {
    std::vector<PciFunction*> all;
    bus.for_each([&](PciFunction& function) { all.push_back(&function); });
    std::vector<std::vector<std::byte>> saved;
    for (PciFunction* function : all) saved.push_back(testing::save(*function));
    const Places memory_before = places(memory), io_before = places(io);
    reset();
    for (size_t i = 0; i < all.size(); ++i) {
      if (!testing::load(*all[i], saved[i])) std::abort();
    }
    for (size_t i = 0; i < all.size(); ++i) {
      if (testing::save(*all[i]) != saved[i]) std::abort();
    }
    if (places(memory) != memory_before || places(io) != io_before) std::abort();
  }

  FuzzInput& input_;
  ExpressRootPort port_{"port", {.port = 1, .slot = {.number = 1, .hotplug = true}}};
  ConventionalBridge outer_{"outer"}, inner_{"inner"};
  SampleFunction near_{"near"}, other_{"other", PciPin::kD}, leaf_{"leaf"}, deep_{"deep"};
  Card card_{"card"};
};

}  // namespace
}  // namespace vireo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vireo::fuzz::FuzzInput input(data, size);
  auto tree = std::make_unique<vireo::fuzz::Tree>(input);
  tree->run();
  return 0;
}
