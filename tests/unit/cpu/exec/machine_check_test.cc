// Machine checks (SDM 3B chapter 16; 3A 6.15 "Interrupt 18").
#include <doctest/doctest.h>

#include "cpu/exec/msr.h"
#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

constexpr uint32_t kCapability = 0x179, kStatus = 0x17a, kControl = 0x17b, kBank0 = 0x400;
constexpr MachineCheckError kBroken{kMcStatusUncorrected | 0x9f, 0x1234000, 0x86};

uint64_t value_of(Cpu& cpu, uint32_t msr) {
  uint64_t value = 0;
  REQUIRE(read_msr(cpu, msr, value));
  return value;
}

TEST_CASE("an uncorrected error is #MC, and its bank tells of it") {
  SystemGuest guest;
  guest.cpu.cr4 |= kCr4Mce;
  guest.cpu.machine_check(1, kBroken);
  const auto frame = guest.fault_of({0x90});
  CHECK(frame.vector == kVectorMc);
  CHECK(frame.rip == TestGuest::kCode);
  CHECK(value_of(guest.cpu, kStatus) == (kMcgInProgress | kMcgRestartValid));
  CHECK(value_of(guest.cpu, kBank0 + 5) == (kBroken.status | kMcStatusValid));
  CHECK(value_of(guest.cpu, kBank0 + 6) == kBroken.address);
  CHECK(value_of(guest.cpu, kBank0 + 7) == kBroken.misc);
}

TEST_CASE("a corrected error is logged only, and another one overflows") {
  SystemGuest guest;
  guest.cpu.machine_check(0, {0x17, 0, 0});
  guest.cpu.machine_check(0, {0x18, 0, 0});
  guest.run({0x90}, 1);
  CHECK(guest.cpu.rip == TestGuest::kCode + 1);
  CHECK(value_of(guest.cpu, kBank0 + 1) == (0x17 | kMcStatusValid | kMcStatusOverflow));
}

TEST_CASE("#MC wakes a halted processor and passes IF by") {
  SystemGuest guest;
  guest.cpu.cr4 |= kCr4Mce;
  guest.run({0xf4}, 1);
  REQUIRE(guest.cpu.halted);
  guest.cpu.machine_check(0, kBroken);
  guest.cpu.run(1);
  CHECK(guest.frame().vector == kVectorMc);
}

TEST_CASE("without CR4.MCE, or within a machine check, the processor shuts down") {
  SystemGuest off;
  off.cpu.machine_check(0, kBroken);
  CHECK(off.run({0x90}, 1) == CpuExit::kTripleFault);
  SystemGuest again;
  again.cpu.cr4 |= kCr4Mce;
  REQUIRE(write_msr(again.cpu, kStatus, kMcgInProgress));
  again.cpu.machine_check(0, kBroken);
  CHECK(again.run({0x90}, 1) == CpuExit::kTripleFault);
}

TEST_CASE("the registers refuse what the SDM refuses") {
  SystemGuest guest;
  CHECK((value_of(guest.cpu, kCapability) & 0xff) == MachineCheck::kBanks);
  CHECK_FALSE(write_msr(guest.cpu, kCapability, 0));
  CHECK_FALSE(write_msr(guest.cpu, kStatus, 8));
  CHECK_FALSE(write_msr(guest.cpu, kControl, 1));
  CHECK(write_msr(guest.cpu, kControl, ~uint64_t{0}));
  CHECK(value_of(guest.cpu, kControl) == ~uint64_t{0});
  CHECK(write_msr(guest.cpu, kBank0, 0x1f));
  CHECK(value_of(guest.cpu, kBank0) == 0x1f);
  for (const uint32_t log : {kBank0 + 1, kBank0 + 2, kBank0 + 3}) {
    CHECK(write_msr(guest.cpu, log, 0));
    CHECK_FALSE(write_msr(guest.cpu, log, 1));
  }
  uint64_t value;
  CHECK_FALSE(read_msr(guest.cpu, kBank0 + 4 * MachineCheck::kBanks, value));
}

}  // namespace
}  // namespace vireo
