// Virtual-8086 mode, VME and PVI (SDM 3A chapter 20).
#include <doctest/doctest.h>

#include "tests/unit/cpu/exec/legacy_guest.h"

namespace vireo {
namespace {

struct V86Guest : LegacyGuest {
  static constexpr uint64_t kProgram = 0x30000;
  static constexpr uint16_t kSegment = kProgram >> 4, kSp = 0x8000;

  explicit V86Guest(uint64_t iopl = 0) {
    cpu.cr4 = kCr4Vme | kCr4Pvi;
    cpu.rflags = 2 | kFlagVm | iopl << 12;
    for (Segment& s : cpu.segs) s = Segment{kSegment, 0xf3, 0xffff, kProgram};
    cpu.set_cpl(3);
    cpu.mode_changed();
    cpu.regs[kRsp] = kSp;
    // The I/O map behind 32 bytes of redirection, all zeros; ports end at 0x3f.
    memory.write(GuestAddr{kTss + 102}, uint16_t{0x68 + 32});
    memory.fill(GuestAddr{kTss + 0x68}, 64, std::byte{0});
    cpu.tr.limit = 0x68 + 32 + 8;
    memory.write(GuestAddr{4 * 0x21}, uint32_t{0x40000123});
  }
  void start(std::initializer_list<uint8_t> code, uint64_t count) {
    put(kProgram + 0x100, code);
    cpu.rip = 0x100;
    cpu.run(count);
  }
  unsigned fault_of(std::initializer_list<uint8_t> code) {
    start(code, 4);
    return fault().vector;
  }
  uint16_t word(unsigned sp) { return memory.read<uint16_t>(GuestAddr{kProgram + sp}).value(); }
};

TEST_CASE("IRET with VM in the image enters virtual-8086 mode") {
  LegacyGuest guest;
  guest.cpu.regs[kRsp] -= 36;
  const uint32_t frame[] = {0x100,  0x3000, kFlagVm | 2, 0x8000, 0x3100,
                            0x3200, 0x3300, 0x3400,      0x3500};
  for (unsigned i = 0; i < 9; ++i) {
    guest.memory.write(GuestAddr{guest.cpu.regs[kRsp] + 4 * i}, frame[i]);
  }
  guest.run({0xcf}, 1);
  CHECK(guest.cpu.v86());
  CHECK(guest.cpu.cpl == 3);
  CHECK(guest.cpu.rip == 0x100);
  CHECK(guest.cpu.regs[kRsp] == 0x8000);
  CHECK(guest.cpu.segs[kCs].base == 0x30000);
  CHECK(guest.cpu.segs[kSs].base == 0x31000);
  CHECK(guest.cpu.segs[kGs].base == 0x35000);
  CHECK(guest.cpu.segs[kDs].limit == 0xffff);
  CHECK(guest.cpu.code_mode == CodeMode::k16);
}

TEST_CASE("an exception pushes nine words and nulls the data segments") {
  V86Guest guest;
  guest.cpu.segs[kGs].selector = 0x77;
  CHECK(guest.fault_of({0xf4}) == kVectorGp);
  CHECK(!guest.cpu.v86());
  CHECK(guest.cpu.cpl == 0);
  CHECK(guest.cpu.regs[kRsp] == LegacyGuest::kEsp0 - 40);
  CHECK(guest.stack(3) == (kFlagVm | kFlagRf | 2));
  CHECK(guest.stack(4) == V86Guest::kSp);
  CHECK(guest.stack(5) == V86Guest::kSegment);
  CHECK(guest.stack(9) == 0x77);
  CHECK(guest.cpu.segs[kDs].selector == 0);
}

TEST_CASE("a handler that is not for level 0 is #GP with its selector") {
  V86Guest guest;
  guest.set_legacy_gate(kVectorUd, 0x8e00, SystemGuest::kUser32);
  CHECK(guest.fault_of({0x0f, 0x0b}) == kVectorGp);
  CHECK(guest.fault().error == ((SystemGuest::kUser32 & ~3u) | 1));
}

TEST_CASE("VME: a redirected INT goes through the table at linear address 0") {
  struct Case {
    uint64_t iopl, flags, image, left;
  };
  for (const Case c : {Case{0, kFlagVif, 0x3202, 0}, Case{0, 0, 0x3002, 0},
                       Case{3, kFlagIf, 0x3202, 0}, Case{3, kFlagVif, 0x3002, kFlagVif}}) {
    V86Guest guest(c.iopl);
    guest.cpu.rflags |= c.flags;
    guest.start({0xcd, 0x21}, 1);
    CHECK(guest.cpu.segs[kCs].selector == 0x4000);
    CHECK(guest.cpu.rip == 0x123);
    CHECK(guest.word(V86Guest::kSp - 2) == c.image);
    CHECK(guest.word(V86Guest::kSp - 6) == 0x102);
    CHECK((guest.cpu.rflags & (kFlagIf | kFlagVif)) == c.left);
  }
}

TEST_CASE("VME: a set bit of the redirection map keeps INT for the monitor") {
  V86Guest denied;
  denied.memory.write(GuestAddr{SystemGuest::kTss + 0x68 + 4}, uint8_t{2});
  CHECK(denied.fault_of({0xcd, 0x21}) == kVectorGp);
  CHECK(denied.fault().error == 0);

  V86Guest allowed(3);
  allowed.memory.write(GuestAddr{SystemGuest::kTss + 0x68 + 4}, uint8_t{2});
  allowed.set_legacy_gate(0x21, 0xee00);
  CHECK(allowed.fault_of({0xcd, 0x21}) == 0x21);
}

TEST_CASE("VME: CLI, STI, PUSHF, POPF and IRET work on VIF below IOPL 3") {
  V86Guest guest;
  guest.start({0xfb, 0x9c, 0xfa, 0x9c, 0x5a, 0x9d}, 3);  // sti; pushf; cli
  CHECK(guest.word(V86Guest::kSp - 2) == 0x3202);
  CHECK((guest.cpu.rflags & kFlagVif) == 0);
  guest.cpu.run(3);  // pushf; pop dx; popf
  CHECK((guest.cpu.regs[kRdx] & 0xffff) == 0x3002);
  CHECK((guest.cpu.rflags & kFlagVif) != 0);
  CHECK((guest.cpu.rflags & (kFlagIf | kFlagIopl)) == 0);

  // pushf; push cs; push 0x200; iret
  V86Guest iret;
  iret.cpu.rflags |= kFlagVif;
  iret.start({0x9c, 0xfa, 0x0e, 0x68, 0x00, 0x02, 0xcf}, 5);
  CHECK(iret.cpu.rip == 0x200);
  CHECK((iret.cpu.rflags & kFlagVif) != 0);
}

TEST_CASE("VME does not help 32-bit operands, nor does anything without it") {
  for (const std::initializer_list<uint8_t> code :
       {std::initializer_list<uint8_t>{0x66, 0x9c}, {0x66, 0x9d}, {0x66, 0xcf}}) {
    V86Guest guest;
    CHECK(guest.fault_of(code) == kVectorGp);
  }
  for (const uint8_t opcode : {0x9c, 0x9d, 0xcf, 0xfa, 0xfb}) {
    V86Guest guest;
    guest.cpu.cr4 = 0;
    CHECK(guest.fault_of({opcode}) == kVectorGp);
    CHECK(guest.cpu.stats().exceptions == 1);
  }
}

TEST_CASE("an interrupt that waits (VIP) makes enabling fault") {
  V86Guest sti;
  sti.cpu.rflags |= kFlagVip;
  CHECK(sti.fault_of({0xfb}) == kVectorGp);
  V86Guest popf;
  popf.cpu.rflags |= kFlagVip;
  CHECK(popf.fault_of({0x68, 0x02, 0x02, 0x9d}) == kVectorGp);
  CHECK(popf.fault().eip == 0x103);
}

TEST_CASE("PVI gives level 3 a VIF of its own") {
  LegacyGuest guest;
  guest.cpu.cr4 = kCr4Pvi;
  guest.enter_user(SystemGuest::kUser32);
  guest.run({0xfb, 0xfa}, 1);
  CHECK((guest.cpu.rflags & (kFlagVif | kFlagIf)) == kFlagVif);
  guest.cpu.run(1);
  CHECK((guest.cpu.rflags & kFlagVif) == 0);
  guest.cpu.rflags |= kFlagVip;
  CHECK(guest.fault({0xfb}).vector == kVectorGp);
}

TEST_CASE("the I/O map decides about ports even at IOPL 3") {
  V86Guest guest(3);
  CHECK(guest.fault_of({0xe6, 0x40}) == kVectorGp);  // beyond the map
  V86Guest allowed;
  allowed.start({0xe6, 0x10, 0x90}, 2);
  CHECK(allowed.cpu.rip == 0x103);
}

TEST_CASE("CR4.VME is there where CPUID says so") {
  LegacyGuest guest("qemu64");
  guest.cpu.regs[kRax] = kCr4Vme;
  CHECK(guest.fault({0x0f, 0x22, 0xe0}).vector == kVectorGp);
}

TEST_CASE("AMD's SYSCALL and SYSRET in legacy mode") {
  LegacyGuest guest("qemu64");
  guest.cpu.efer = kEferSce;
  guest.cpu.star = uint64_t{SystemGuest::kUser32} << 48 | uint64_t{SystemGuest::kCode32} << 32 |
                   SystemGuest::kKernelEntry;
  guest.put(SystemGuest::kKernelEntry, {0x0f, 0x07});
  guest.enter_user(SystemGuest::kUser32);
  guest.cpu.rflags |= kFlagIf;
  guest.run({0x0f, 0x05, 0x90}, 1);
  CHECK(guest.cpu.rip == SystemGuest::kKernelEntry);
  CHECK(guest.cpu.cpl == 0);
  CHECK(guest.cpu.regs[kRcx] == TestGuest::kCode + 2);
  CHECK((guest.cpu.rflags & kFlagIf) == 0);
  guest.cpu.run(1);
  CHECK(guest.cpu.cpl == 3);
  CHECK(guest.cpu.rip == TestGuest::kCode + 2);
  CHECK((guest.cpu.rflags & kFlagIf) != 0);

  LegacyGuest intel;
  intel.cpu.efer = kEferSce;
  CHECK(intel.fault({0x0f, 0x05}).vector == kVectorUd);
}

}  // namespace
}  // namespace vireo
