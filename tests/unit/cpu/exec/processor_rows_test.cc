// Instructions about the processor itself: identification, counters, caches, hints,
// segment bases, random numbers.
#include <doctest/doctest.h>

#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

TEST_CASE("CPUID fills four registers and clears their upper halves") {
  SystemGuest guest;
  for (const unsigned r : {kRax, kRbx, kRcx, kRdx}) guest.cpu.regs[r] = ~uint64_t{0};
  guest.cpu.regs[kRax] = 7;
  guest.cpu.regs[kRcx] = 0;
  guest.run({0x0f, 0xa2});
  const uint64_t smep = guest.cpu.regs[kRbx] >> 7 & 1;
  const uint64_t all = guest.cpu.regs[kRbx] | guest.cpu.regs[kRcx] | guest.cpu.regs[kRdx];
  CHECK(smep == (guest.cpu.has(kFeatSmep) ? 1 : 0));
  CHECK(all <= 0xffffffff);
}

TEST_CASE("RDTSCP and RDPID tell the auxiliary value") {
  SystemGuest guest;
  guest.cpu.tsc_aux = 0x12345;
  guest.run({0x90, 0x0f, 0x01, 0xf9}, 2);  // nop; rdtscp
  CHECK(guest.cpu.regs[kRax] == 1);
  CHECK(guest.cpu.regs[kRcx] == 0x12345);
  guest.run({0xf3, 0x0f, 0xc7, 0xf8});  // rdpid rax
  CHECK(guest.cpu.regs[kRax] == 0x12345);
}

TEST_CASE("RDSEED gives a number of its operand's size and sets CF alone") {
  SystemGuest guest;
  guest.cpu.regs[kRax] = 0x1111111111111111;
  guest.cpu.write_rflags(kFlagZf | kFlagOf);
  guest.run({0x66, 0x0f, 0xc7, 0xf8});  // rdseed ax
  CHECK((guest.cpu.regs[kRax] >> 16) == 0x111111111111);
  CHECK((guest.cpu.read_rflags() & kArithFlags) == kFlagCf);
}

TEST_CASE("RDGSBASE reads what WRGSBASE wrote") {
  SystemGuest guest;
  guest.cpu.cr4 |= kCr4Fsgsbase;
  guest.cpu.mode_changed();
  guest.cpu.regs[kRax] = 0x7fff12345678;
  guest.run({0xf3, 0x48, 0x0f, 0xae, 0xd8, 0xf3, 0x48, 0x0f, 0xae, 0xc9}, 2);
  CHECK(guest.cpu.regs[kRcx] == 0x7fff12345678);
  CHECK(guest.cpu.seg_base[kGs] == 0x7fff12345678);
  guest.run({0xf3, 0x48, 0x0f, 0xae, 0xc1}, 1);  // rdfsbase rcx
  CHECK(guest.cpu.regs[kRcx] == guest.cpu.seg_base[kFs]);
}

TEST_CASE("INVPCID drops what the TLB holds, and refuses other types") {
  SystemGuest guest;
  constexpr uint64_t kVictim = 0x800000, kEntry = TestGuest::kPml4 + 0x2000 + 4 * 8;
  guest.cpu.regs[kRbx] = TestGuest::kData;
  guest.memory.write(GuestAddr{TestGuest::kData}, uint64_t{0});
  guest.memory.write(GuestAddr{TestGuest::kData + 8}, uint64_t{kVictim});
  guest.memory.write(GuestAddr{kVictim}, uint32_t{1});
  guest.memory.write(GuestAddr{0x600000}, uint32_t{2});
  const std::initializer_list<uint8_t> load = {0x8b, 0x04, 0x25, 0, 0, 0x80, 0};
  guest.run(load);
  CHECK(guest.cpu.regs[kRax] == 1);
  guest.memory.write(GuestAddr{kEntry}, uint64_t{0x600087});
  guest.cpu.regs[kRcx] = 2;
  guest.run({0x66, 0x0f, 0x38, 0x82, 0x0b});  // invpcid rcx, [rbx]
  guest.run(load);
  CHECK(guest.cpu.regs[kRax] == 2);
  guest.cpu.regs[kRcx] = 4;
  CHECK(guest.fault_of({0x66, 0x0f, 0x38, 0x82, 0x0b}).vector == kVectorGp);
}

TEST_CASE("CLFLUSH, CLFLUSHOPT and CLWB change nothing, but fault as a load does") {
  const std::initializer_list<uint8_t> forms[] = {
      {0x0f, 0xae, 0x3b}, {0x66, 0x0f, 0xae, 0x3b}, {0x66, 0x0f, 0xae, 0x33}};
  for (const auto& code : forms) {
    SystemGuest guest;
    guest.cpu.regs[kRbx] = TestGuest::kData;
    guest.memory.write(GuestAddr{TestGuest::kData}, uint64_t{0x1122334455667788});
    CHECK(guest.fault_of(code, 1).vector == 256);
    CHECK(guest.memory.read<uint64_t>(GuestAddr{TestGuest::kData}) == 0x1122334455667788);
    guest.cpu.regs[kRbx] = uint64_t{5} << 30;
    CHECK(guest.fault_of(code).vector == kVectorPf);
    CHECK(guest.frame().error == 0);
  }
}

TEST_CASE("hints change nothing and fault nowhere") {
  SystemGuest guest;
  guest.cpu.regs[kRbx] = uint64_t{5} << 30;  // nothing is there
  const CpuState before = guest.cpu;
  const auto check = [&](std::initializer_list<uint8_t> code) {
    CHECK(guest.fault_of(code, 1).vector == 256);
    CHECK(guest.cpu.rip == TestGuest::kCode + code.size());
    CHECK(std::equal(guest.cpu.regs, guest.cpu.regs + 16, before.regs));
  };
  for (uint8_t opcode = 0x18; opcode <= 0x1f; ++opcode) {
    for (unsigned reg = 0; reg < 8; ++reg) {
      check({0x0f, opcode, static_cast<uint8_t>(0x03 | reg << 3)});
      if (opcode != 0x18 || reg >= 4) check({0x0f, opcode, static_cast<uint8_t>(0xc0 | reg << 3)});
    }
  }
  for (const uint8_t reg : {0, 1}) check({0x0f, 0x0d, static_cast<uint8_t>(0x03 | reg << 3)});
  for (const uint8_t fence : {0xe8, 0xf0, 0xf8}) check({0x0f, 0xae, fence});
  check({0xf3, 0x90});
}

}  // namespace
}  // namespace vireo
