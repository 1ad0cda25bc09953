// Small extensions with nothing to compare natively: RDPID, RDRAND, cache hints;
// and where LOCK is illegal.
#include <doctest/doctest.h>

#include <vector>

#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

constexpr uint64_t kUnmapped = uint64_t{5} << 30;
constexpr unsigned kNoFault = 256;

TEST_CASE("RDPID reads IA32_TSC_AUX, 32 bits of it") {
  TestGuest guest;
  guest.cpu.tsc_aux = 0x1200000034;
  guest.cpu.regs[kRcx] = ~uint64_t{0};
  guest.run({0xf3, 0x0f, 0xc7, 0xf9});
  CHECK(guest.cpu.regs[kRcx] == 0x34);
}

TEST_CASE("RDRAND and RDSEED set CF alone and write their operand size") {
  for (const uint8_t modrm : {0xf0, 0xf8}) {
    TestGuest guest;
    guest.cpu.write_rflags(kArithFlags);
    guest.cpu.regs[kRax] = ~uint64_t{0};
    guest.run({0x0f, 0xc7, modrm});
    CHECK(guest.cpu.read_rflags() == (kFlagCf | 2));
    CHECK((guest.cpu.regs[kRax] >> 32) == 0);
    guest.cpu.regs[kRax] = ~uint64_t{0};
    guest.run({0x66, 0x0f, 0xc7, modrm});
    CHECK((guest.cpu.regs[kRax] >> 16) == 0xffffffffffff);
  }
}

TEST_CASE("cache line flushes fault as reads do, prefetches never") {
  const std::vector<std::vector<uint8_t>> flushes = {
      {0x0f, 0xae, 0x3b}, {0x66, 0x0f, 0xae, 0x3b}, {0x66, 0x0f, 0xae, 0x33}};
  for (const auto& code : flushes) {
    SystemGuest guest;
    guest.cpu.regs[kRbx] = kUnmapped;
    guest.run(code, 2);
    CHECK(guest.frame().vector == kVectorPf);
    CHECK(guest.frame().error == 0);
  }
  for (const uint8_t modrm : {0x03, 0x0b, 0x13}) {  // PREFETCH, PREFETCHW, PREFETCHWT1
    SystemGuest guest;
    guest.cpu.regs[kRbx] = kUnmapped;
    CHECK(guest.fault_of({0x0f, 0x0d, modrm}, 1).vector == kNoFault);
  }
}

TEST_CASE("CMPXCHG16B wants 16-byte alignment, CMPXCHG8B does not") {
  SystemGuest guest;
  guest.cpu.regs[kRbx] = TestGuest::kData + 8;
  CHECK(guest.fault_of({0x0f, 0xc7, 0x0b}, 1).vector == kNoFault);
  CHECK(guest.fault_of({0x48, 0x0f, 0xc7, 0x0b}, 2).vector == kVectorGp);
}

// SDM 2A "LOCK": the instructions with a memory destination that it lists, alone.
TEST_CASE("LOCK is undefined with a register destination and on other instructions") {
  const std::vector<std::vector<uint8_t>> illegal = {
      {0xf0, 0x01, 0xc3},                    // add ebx, eax
      {0xf0, 0x03, 0x03},                    // add eax, [rbx]
      {0xf0, 0x39, 0x03},                    // cmp [rbx], eax
      {0xf0, 0x80, 0x3b, 0x01},              // cmp byte [rbx], 1
      {0xf0, 0x85, 0x03},                    // test [rbx], eax
      {0xf0, 0x89, 0x03},                    // mov [rbx], eax
      {0xf0, 0x0f, 0xa3, 0x03},              // bt [rbx], eax
      {0xf0, 0x0f, 0xba, 0x23, 0x01},        // bt dword [rbx], 1
      {0xf0, 0xd1, 0x23},                    // shl dword [rbx], 1
      {0xf0, 0xf7, 0x23},                    // mul dword [rbx]
      {0xf0, 0x0f, 0xb1, 0xc3},              // cmpxchg ebx, eax
      {0xf0, 0x0f, 0xc1, 0xc3},              // xadd ebx, eax
      {0xf0, 0x87, 0xc3},                    // xchg ebx, eax
      {0xf0, 0x0f, 0xc3, 0x03},              // movnti [rbx], eax
      {0xf0, 0x8f, 0x03},                    // pop [rbx]
      {0xf0, 0xff, 0x33},                    // push [rbx]
      {0xf0, 0xa4},                          // movsb
      {0xf0, 0x90},                          // nop
      {0xf0, 0x0f, 0x38, 0xf0, 0x03},        // movbe eax, [rbx]
      {0xf0, 0x66, 0x0f, 0x38, 0xf6, 0x03},  // adcx eax, [rbx]
      {0xf0, 0xc4, 0xe2, 0x78, 0xf2, 0x03},  // andn eax, eax, [rbx]
  };
  for (const auto& code : illegal) {
    SystemGuest guest;
    guest.cpu.regs[kRbx] = TestGuest::kData;
    guest.run(code, 2);
    CAPTURE(code[1]);
    CHECK(guest.frame().vector == kVectorUd);
  }
}

}  // namespace
}  // namespace vireo
