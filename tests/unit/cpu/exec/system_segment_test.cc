// Segment registers, selectors and descriptor tables (SDM 3A 3.4, 3.5, 5).
#include <doctest/doctest.h>

#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

// mov ds, ax
SystemGuest::Frame load_ds(SystemGuest& guest, uint16_t selector) {
  guest.cpu.regs[kRax] = selector;
  return guest.fault_of({0x8e, 0xd8}, 1);
}

TEST_CASE("loading a data segment reads its descriptor and marks it accessed") {
  SystemGuest guest;
  guest.set_descriptor(SystemGuest::kUserData, 0x12cff2345678ffff);
  load_ds(guest, SystemGuest::kUserData);
  CHECK(guest.cpu.segs[kDs].selector == SystemGuest::kUserData);
  CHECK(guest.cpu.segs[kDs].base == 0x12345678);
  CHECK(guest.cpu.segs[kDs].limit == 0xffffffff);
  CHECK(guest.cpu.seg_base[kDs] == 0);  // 64-bit mode ignores it
  CHECK((guest.descriptor(SystemGuest::kUserData) & uint64_t{1} << 40) != 0);
}

TEST_CASE("FS and GS keep their base in 64-bit mode") {
  SystemGuest guest;
  guest.set_descriptor(SystemGuest::kUserData, 0x12cff2345678ffff);
  guest.cpu.regs[kRax] = SystemGuest::kUserData;
  guest.run({0x8e, 0xe8});  // mov gs, ax
  CHECK(guest.cpu.seg_base[kGs] == 0x12345678);
}

TEST_CASE("bad data segments are #GP or #NP with the selector") {
  struct Case {
    uint16_t selector;
    unsigned vector;
    uint64_t error;
  };
  for (const Case c : {Case{SystemGuest::kAbsent, kVectorNp, SystemGuest::kAbsent},
                       Case{SystemGuest::kExecuteOnly, kVectorGp, SystemGuest::kExecuteOnly},
                       Case{SystemGuest::kTssSelector, kVectorGp, SystemGuest::kTssSelector},
                       Case{SystemGuest::kData | 3, kVectorGp, SystemGuest::kData},
                       Case{0x1000, kVectorGp, 0x1000}, Case{0x0c, kVectorGp, 0x0c}}) {
    CAPTURE(c.selector);
    SystemGuest guest;
    guest.cpu.regs[kRax] = c.selector;
    const auto frame = guest.fault_of({0x8e, 0xd8});
    CHECK(frame.vector == c.vector);
    CHECK(frame.error == c.error);
  }
}

TEST_CASE("SS may be null at level 0 of 64-bit mode only") {
  SystemGuest guest;
  guest.cpu.regs[kRax] = 0;
  guest.run({0x8e, 0xd0, 0x90}, 2);  // mov ss, ax
  CHECK(guest.cpu.segs[kSs].selector == 0);
  CHECK(guest.cpu.rip == TestGuest::kCode + 3);

  SystemGuest user;
  user.enter_user();
  user.cpu.regs[kRax] = 3;
  CHECK(user.fault_of({0x8e, 0xd0}).vector == kVectorGp);
}

TEST_CASE("MOV to CS and to segment register 6 do not exist") {
  SystemGuest cs;
  CHECK(cs.fault_of({0x8e, 0xc8}).vector == kVectorUd);
  SystemGuest six;
  CHECK(six.fault_of({0x8e, 0xf0}).vector == kVectorUd);
}

TEST_CASE("PUSH FS and POP GS move 8 bytes") {
  SystemGuest guest;
  guest.cpu.regs[kRax] = SystemGuest::kData;
  guest.run({0x8e, 0xe0, 0x0f, 0xa0, 0x0f, 0xa9}, 3);
  CHECK(guest.cpu.segs[kGs].selector == SystemGuest::kData);
  CHECK(guest.cpu.regs[kRsp] == TestGuest::kStack);
}

TEST_CASE("LGDT and SGDT move ten bytes in 64-bit mode") {
  SystemGuest guest;
  guest.memory.write(GuestAddr{TestGuest::kData}, uint16_t{0x7f});
  guest.memory.write(GuestAddr{TestGuest::kData + 2}, uint64_t{0x123456789});
  guest.cpu.regs[kRax] = TestGuest::kData;
  guest.run({0x0f, 0x01, 0x10, 0x0f, 0x01, 0x40, 0x20}, 2);  // lgdt [rax]; sgdt [rax+32]
  CHECK(guest.cpu.gdtr.base == 0x123456789);
  CHECK(guest.cpu.gdtr.limit == 0x7f);
  CHECK(guest.memory.read<uint64_t>(GuestAddr{TestGuest::kData + 34}) == 0x123456789);
}

TEST_CASE("UMIP hides the tables from user code") {
  SystemGuest guest;
  guest.cpu.cr4 |= kCr4Umip;
  guest.cpu.regs[kRax] = TestGuest::kData;
  guest.enter_user();
  const auto frame = guest.fault_of({0x0f, 0x01, 0x00});  // sgdt [rax]
  CHECK(frame.vector == kVectorGp);
  CHECK(frame.error == 0);
}

TEST_CASE("LTR reads 16 bytes and marks the TSS busy, after which it cannot be loaded") {
  SystemGuest guest;
  guest.cpu.tr = Segment{};
  guest.memory.write(GuestAddr{SystemGuest::kGdt + 0x40}, uint64_t{0xffff8000});
  guest.cpu.regs[kRax] = SystemGuest::kTssSelector;
  guest.run({0x0f, 0x00, 0xd8, 0x0f, 0x00, 0xd8}, 1);
  CHECK(guest.cpu.tr.base == (0xffff8000ull << 32 | SystemGuest::kTss));
  CHECK(guest.cpu.tr.type() == 11);
  CHECK((guest.descriptor(SystemGuest::kTssSelector) >> 40 & 15) == 11);
  guest.cpu.tr.base = SystemGuest::kTss;
  guest.cpu.run(8);
  CHECK(guest.frame().vector == kVectorGp);
  CHECK(guest.frame().error == SystemGuest::kTssSelector);
}

TEST_CASE("selectors with TI set go through the LDT") {
  SystemGuest guest;
  guest.memory.write(GuestAddr{0x40000 + 8}, uint64_t{0x00cff3000000ffff});
  guest.cpu.regs[kRax] = SystemGuest::kLdtSelector;
  guest.cpu.regs[kRbx] = 0x0f;
  guest.run({0x0f, 0x00, 0xd0, 0x8e, 0xdb}, 2);  // lldt ax; mov ds, bx
  CHECK(guest.cpu.ldtr.base == 0x40000);
  CHECK(guest.cpu.segs[kDs].selector == 0x0f);
}

TEST_CASE("LAR, LSL, VERR and VERW answer in ZF") {
  SystemGuest guest;
  guest.cpu.regs[kRbx] = SystemGuest::kReadOnly;
  guest.run({0x0f, 0x02, 0xc3, 0x0f, 0x03, 0xcb}, 2);  // lar eax, bx; lsl ecx, bx
  CHECK(guest.cpu.regs[kRax] == 0xc09000);
  CHECK(guest.cpu.regs[kRcx] == 0xffffffff);
  CHECK((guest.cpu.flags & kPackedZf) != 0);
  guest.run({0x0f, 0x00, 0xeb});  // verw bx
  CHECK((guest.cpu.flags & kPackedZf) == 0);
  guest.run({0x0f, 0x00, 0xe3});  // verr bx
  CHECK((guest.cpu.flags & kPackedZf) != 0);
}

TEST_CASE("LSL of a selector beyond the table leaves the register alone") {
  SystemGuest guest;
  guest.cpu.regs[kRax] = 77;
  guest.cpu.regs[kRbx] = 0x4000;
  guest.run({0x0f, 0x03, 0xc3});
  CHECK(guest.cpu.regs[kRax] == 77);
  CHECK((guest.cpu.flags & kPackedZf) == 0);
}

TEST_CASE("SWAPGS swaps, and only at level 0") {
  SystemGuest guest;
  guest.cpu.kernel_gs_base = 0xffff800000001000;
  guest.run({0x0f, 0x01, 0xf8});
  CHECK(guest.cpu.seg_base[kGs] == 0xffff800000001000);
  CHECK(guest.cpu.kernel_gs_base == 0);

  SystemGuest user;
  user.enter_user();
  CHECK(user.fault_of({0x0f, 0x01, 0xf8}).vector == kVectorGp);
}

TEST_CASE("WRFSBASE needs CR4.FSGSBASE and a canonical address") {
  SystemGuest off;
  CHECK(off.fault_of({0xf3, 0x48, 0x0f, 0xae, 0xd0}).vector == kVectorUd);

  SystemGuest on;
  on.cpu.cr4 |= kCr4Fsgsbase;
  on.cpu.regs[kRax] = 0x7fff12345678;
  on.run({0xf3, 0x48, 0x0f, 0xae, 0xd0, 0xf3, 0x48, 0x0f, 0xae, 0xc1}, 2);
  CHECK(on.cpu.seg_base[kFs] == 0x7fff12345678);
  CHECK(on.cpu.regs[kRcx] == 0x7fff12345678);

  SystemGuest bad;
  bad.cpu.cr4 |= kCr4Fsgsbase;
  bad.cpu.regs[kRax] = uint64_t{1} << 62;
  CHECK(bad.fault_of({0xf3, 0x48, 0x0f, 0xae, 0xd0}).vector == kVectorGp);
}

TEST_CASE("ARPL raises the RPL of its destination in compatibility mode") {
  SystemGuest guest;
  guest.enter_user(SystemGuest::kUser32);
  guest.cpu.regs[kRax] = 0x10;
  guest.cpu.regs[kRcx] = 0x33;
  guest.run({0x63, 0xc8});  // arpl ax, cx
  CHECK(guest.cpu.regs[kRax] == 0x13);
  CHECK((guest.cpu.flags & kPackedZf) != 0);
}

TEST_CASE("a segment's limit holds in compatibility mode") {
  SystemGuest guest;
  guest.enter_user(SystemGuest::kUser32);
  guest.cpu.segs[kDs].limit = 0xfff;
  guest.cpu.mode_changed();
  guest.cpu.regs[kRax] = 0x1000;
  const auto frame = guest.fault_of({0x8a, 0x08});  // mov cl, [eax]
  CHECK(frame.vector == kVectorGp);
  CHECK(frame.error == 0);
}

}  // namespace
}  // namespace vireo
