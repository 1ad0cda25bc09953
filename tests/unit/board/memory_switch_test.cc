// What the PAM and SMRAM registers switch, by the registers, and as a guest sees it.
#include "machine/board/memory_switch.h"

#include "tests/unit/board/machine_bench.h"
#include "tests/unit/pci/pci_testbed.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

constexpr uint64_t kMemory = 16 << 20, kRom = 0x40000;
constexpr PciAddress kHost{0, 0, 0};
constexpr unsigned kPam0 = 0x90, kPam1 = 0x91, kSmram = 0x9d, kEsmramc = 0x9e;
constexpr GuestAddr kHidden{GuestMemory::kHidden};

struct SwitchBench : Q35Testbed {
  MachineCore core{HostRam::allocate(kMemory).value(), address_map::RamLayout::of(kMemory), 0};
  HostRam rom = HostRam::allocate(kRom).value();
  MemorySwitch memory_switch{core, host};

  SwitchBench() {
    std::fill_n(rom.data(), kRom, std::byte{0x5a});
    host.set_memory_callback([this] { memory_switch.update(); });
    memory_switch.update();
  }
  void set(unsigned reg, uint8_t value) { cf8_write(kHost, reg, 1, value); }
  // What a processor or device reads; 0xff where nothing is.
  uint8_t at(uint64_t address) {
    const auto value = core.memory.read<uint8_t>(GuestAddr{address});
    return value ? *value : static_cast<uint8_t>(core.mmio.read(address, 1));
  }
  // As a processor stores.
  void store(uint64_t address, uint8_t value) {
    if (!core.memory.write(GuestAddr{address}, value)) core.mmio.write(address, 1, value);
  }
  GuestAddr seen(uint64_t address, bool inside, bool fetch = false) {
    const SmramMap& map = core.memory.smram_map();
    return map.enabled ? map.resolve(GuestAddr{address}, inside, fetch) : GuestAddr{address};
  }
};

}  // namespace

TEST_CASE_FIXTURE(SwitchBench, "PCI-03: after a reset nobody finds RAM from 768 KiB to 1 MiB") {
  for (const uint64_t address : {0xc0000, 0xe0000, 0xf0000, 0xfffff}) {
    CHECK_FALSE(core.memory.contains(GuestAddr{address}, 1));
    CHECK(at(address) == 0xff);
  }
  CHECK(core.memory.contains(GuestAddr{0x9ffff}, 1));
  CHECK(core.memory.contains(GuestAddr{0x100000}, 1));
}

TEST_CASE_FIXTURE(SwitchBench, "PCI-03: each area shows RAM, read-only RAM, or what lies behind") {
  memory_switch.set_rom({rom.data(), kRom});
  set(kPam1, 0x33);
  store(0xc0000, 1);
  store(0xc4000, 2);
  set(kPam1, 0x13);
  store(0xc0000, 3);
  store(0xc4000, 4);
  CHECK(at(0xc0000) == 3);
  CHECK(at(0xc4000) == 2);
  set(kPam1, 0);
  CHECK(at(0xc0000) == 0xff);
  CHECK(at(0xdffff) == 0xff);
  CHECK(at(0xe0000) == 0x5a);
  CHECK(at(0xfffff) == 0x5a);
  CHECK(at(0xfffc0000) == 0x5a);
  store(0xf0000, 5);
  store(0xfffc0000, 5);
  CHECK(at(0xf0000) == 0x5a);
  CHECK(at(0xfffc0000) == 0x5a);
}

TEST_CASE_FIXTURE(SwitchBench, "PCI-03: ROM is copied to the RAM behind its own addresses") {
  memory_switch.set_rom({rom.data(), kRom});
  set(kPam0, 0x20);
  core.mmio.write(0xffffc, 8, 0x0807060504030201);  // what lies beyond is not the area's
  core.mmio.write(0xf0000, 4, 0x04030201);
  CHECK(at(0xf0000) == 0x5a);
  set(kPam0, 0x10);
  CHECK(core.memory.read<uint32_t>(GuestAddr{0xf0000}) == 0x04030201);
  CHECK(core.memory.read<uint32_t>(GuestAddr{0xffffc}) == 0x04030201);
}

TEST_CASE_FIXTURE(SwitchBench, "PCI-03: with all areas open memory is as if there was no switch") {
  host.open_all_pam();
  CHECK(core.memory.regions().size() == 2);
  CHECK(core.memory.regions()[1].size == kMemory - 0xc0000);
  reset();
  CHECK_FALSE(core.memory.contains(GuestAddr{0xf0000}, 1));
}

TEST_CASE_FIXTURE(SwitchBench, "PCI-04: SMRAM is there in the mode, or open, or for fetches") {
  CHECK(seen(0xa0000, true) == GuestAddr{0xa0000});
  set(kSmram, 0x0a);
  CHECK(seen(0xa0000, true) == kHidden + 0xa0000);
  CHECK(seen(0xbffff, true) == kHidden + 0xbffff);
  CHECK(seen(0xc0000, true) == GuestAddr{0xc0000});
  CHECK(seen(0xa0000, false) == GuestAddr{0xa0000});
  set(kSmram, 0x4a);
  CHECK(seen(0xa0000, false) == kHidden + 0xa0000);
  set(kSmram, 0x2a);
  CHECK(seen(0xa0000, true, false) == GuestAddr{0xa0000});
  CHECK(seen(0xa0000, true, true) == kHidden + 0xa0000);
  set(kSmram, 0x1a);
  set(kSmram, 0x4a);
  CHECK(seen(0xa0000, false) == GuestAddr{0xa0000});
  CHECK_FALSE(core.memory.contains(GuestAddr{0xa0000}, 1));
}

TEST_CASE_FIXTURE(SwitchBench, "PCI-04: TSEG takes the end of the RAM away, from devices as well") {
  constexpr uint64_t kMiB = 1 << 20, kTseg = kMemory - 2 * kMiB;
  store(kTseg, 0x77);
  set(kSmram, 0x0a);
  set(kEsmramc, 0x03);
  CHECK_FALSE(core.memory.contains(GuestAddr{kTseg}, 1));
  CHECK(core.memory.contains(GuestAddr{kTseg - 1}, 1));
  std::byte byte{};
  CHECK(core.memory.read_as_cpu(seen(kTseg, true), std::span(&byte, 1)));
  CHECK(byte == std::byte{0x77});
  set(kEsmramc, 0x01);
  CHECK(core.memory.contains(GuestAddr{kMemory - kMiB - 1}, 1));
  CHECK_FALSE(core.memory.contains(GuestAddr{kMemory - kMiB}, 1));
  set(kEsmramc, 0x00);
  CHECK(at(kTseg) == 0x77);
  CHECK(core.memory.contains(GuestAddr{kMemory - 1}, 1));
}

TEST_CASE_FIXTURE(SwitchBench, "PCI-04: H_SMRAME moves the window to 0xfeda0000") {
  set(kEsmramc, 0x80);
  set(kSmram, 0x0a);
  CHECK(seen(0xfeda1234, true) == kHidden + 0xa1234);
  CHECK(seen(0xa1234, true) == GuestAddr{0xa1234});
}

namespace {

constexpr uint16_t kConfigAddress = 0xcf8;

GuestCode pam1(uint8_t value) {
  GuestCode code;
  return std::move(code.out32(kConfigAddress, 0x80000090).out8(0xcfd, value));
}

// mov eax, kRoutine; call rax
constexpr uint64_t kRoutine = 0xc1000;
GuestCode call_routine() {
  return std::move(GuestCode().bytes({0xB8, 0x00, 0x10, 0x0C, 0x00, 0xFF, 0xD0}));
}

// mov al, value; ret
constexpr uint32_t returns(uint8_t value) { return 0x90C300B0u | uint32_t{value} << 8; }

int result_of(const GuestCode& code) {
  MachineBench bench(code);
  return bench.run().exit_code;
}

}  // namespace

TEST_CASE("a guest runs code in shadowed memory, which no store changes any more") {
  GuestCode code;
  code.store32(kRoutine, returns(5)).append(call_routine()).append(pam1(0x11));
  code.store32(kRoutine, returns(9)).append(call_routine()).append(exit_with_al());
  CHECK(result_of(code) == debug_exit_code(5));
}

TEST_CASE("decoded code goes with the memory that it came from") {
  GuestCode code;
  code.store32(kRoutine, returns(5)).append(call_routine()).append(pam1(0x22));
  // Nothing is read there now, but the store goes to the RAM behind it.
  code.load32(kRoutine).unless_al(0xff, [](GuestCode& body) { body.out8(kDebugExit, 77); });
  code.store32(kRoutine, returns(9)).append(pam1(0x33)).append(call_routine());
  CHECK(result_of(code.append(exit_with_al())) == debug_exit_code(9));
}
