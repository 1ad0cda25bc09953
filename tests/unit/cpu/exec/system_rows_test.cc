// Rows that no user program can compare with the host: segment registers on the
// stack, software exceptions, control registers, ports by immediate.
#include <doctest/doctest.h>

#include <vector>

#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

// At level 0 of compatibility mode.
struct CompatGuest : SystemGuest {
  CompatGuest() {
    cpu.segs[kCs] = Segment{kCode32, 0xc9b, 0xffffffff, 0};
    cpu.mode_changed();
  }
};

uint32_t word_at(SystemGuest& guest, uint64_t at) {
  return guest.memory.read<uint32_t>(GuestAddr{at}).value();
}

TEST_CASE("segment registers are pushed and popped outside 64-bit mode") {
  CompatGuest guest;
  guest.cpu.segs[kEs].selector = SystemGuest::kUserData;
  // push es; push cs; push ss; push ds; pop es; pop ss; add esp, 4; pop ds
  guest.run({0x06, 0x0e, 0x16, 0x1e, 0x07, 0x17, 0x83, 0xc4, 0x04, 0x1f}, 8);
  const uint64_t top = TestGuest::kStack;
  CHECK((word_at(guest, top - 4) & 0xffff) == SystemGuest::kUserData);
  CHECK((word_at(guest, top - 8) & 0xffff) == SystemGuest::kCode32);
  CHECK((word_at(guest, top - 12) & 0xffff) == SystemGuest::kData);
  CHECK((word_at(guest, top - 16) & 0xffff) == SystemGuest::kData);
  CHECK(guest.cpu.segs[kEs].selector == SystemGuest::kData);
  CHECK(guest.cpu.segs[kDs].selector == SystemGuest::kUserData);
  CHECK(guest.cpu.segs[kSs].selector == SystemGuest::kData);
  CHECK(guest.cpu.regs[kRsp] == top);
}

TEST_CASE("PUSH GS and POP FS move 8 bytes") {
  SystemGuest guest;
  guest.cpu.segs[kGs].selector = SystemGuest::kUserData;
  guest.run({0x0f, 0xa8, 0x0f, 0xa1}, 2);
  CHECK(guest.cpu.segs[kFs].selector == SystemGuest::kUserData);
  CHECK(guest.cpu.regs[kRsp] == TestGuest::kStack);
  CHECK(word_at(guest, TestGuest::kStack - 4) == 0);
}

TEST_CASE("MOV from a segment register clears the rest of a register, but not of memory") {
  SystemGuest guest;
  guest.cpu.regs[kRax] = ~uint64_t{0};
  guest.cpu.regs[kRbx] = TestGuest::kData;
  guest.memory.write(GuestAddr{TestGuest::kData}, ~uint32_t{0});
  guest.run({0x8c, 0xd8, 0x8c, 0x1b}, 2);  // mov eax, ds; mov [rbx], ds
  CHECK(guest.cpu.regs[kRax] == SystemGuest::kData);
  CHECK(word_at(guest, TestGuest::kData) == (0xffff0000 | SystemGuest::kData));
}

TEST_CASE("far pointers load a segment and a register") {
  const auto point = [](SystemGuest& guest) {
    guest.memory.write(GuestAddr{TestGuest::kData}, uint32_t{0x11223344});
    guest.memory.write(GuestAddr{TestGuest::kData + 4}, uint16_t{SystemGuest::kUserData});
    guest.cpu.regs[kRbx] = TestGuest::kData;
  };
  SystemGuest wide;
  point(wide);
  wide.run({0x0f, 0xb4, 0x03, 0x0f, 0xb5, 0x0b}, 2);  // lfs eax, [rbx]; lgs ecx, [rbx]
  CHECK(wide.cpu.regs[kRax] == 0x11223344);
  CHECK(wide.cpu.regs[kRcx] == 0x11223344);
  CHECK(wide.cpu.segs[kFs].selector == SystemGuest::kUserData);
  CHECK(wide.cpu.segs[kGs].selector == SystemGuest::kUserData);
  CompatGuest compat;
  point(compat);
  compat.run({0xc4, 0x03, 0xc5, 0x0b}, 2);  // les eax, [ebx]; lds ecx, [ebx]
  CHECK(compat.cpu.regs[kRcx] == 0x11223344);
  CHECK(compat.cpu.segs[kEs].selector == SystemGuest::kUserData);
  CHECK(compat.cpu.segs[kDs].selector == SystemGuest::kUserData);
  SystemGuest stack;
  point(stack);
  stack.memory.write(GuestAddr{TestGuest::kData + 4}, uint16_t{SystemGuest::kData});
  stack.run({0x0f, 0xb2, 0x23}, 1);  // lss esp, [rbx]
  CHECK(stack.cpu.regs[kRsp] == 0x11223344);
  CHECK(stack.cpu.segs[kSs].selector == SystemGuest::kData);
}

TEST_CASE("INTO interrupts only with OF set, INT1 always, both behind themselves") {
  CompatGuest quiet;
  quiet.run({0xce, 0x90}, 2);
  CHECK(quiet.cpu.rip == TestGuest::kCode + 2);
  CompatGuest overflowing;
  overflowing.cpu.write_rflags(kFlagOf);
  CHECK(overflowing.fault_of({0xce}).vector == kVectorOf);
  CHECK(overflowing.frame().rip == TestGuest::kCode + 1);
  SystemGuest debugged;
  CHECK(debugged.fault_of({0xf1}).vector == kVectorDb);
  CHECK(debugged.frame().rip == TestGuest::kCode + 1);
}

TEST_CASE("UD0, UD1 and UD2 are undefined at their own address") {
  for (const uint8_t opcode : {uint8_t{0xff}, uint8_t{0xb9}, uint8_t{0x0b}}) {
    CAPTURE(opcode);
    SystemGuest guest;
    CHECK(guest.fault_of({0x0f, opcode, 0xc0}).vector == kVectorUd);
    CHECK(guest.frame().rip == TestGuest::kCode);
  }
}

TEST_CASE("SMSW reads CR0, LMSW sets its low bits but cannot clear PE, CLTS clears TS") {
  SystemGuest guest;
  guest.run({0x0f, 0x01, 0xe0});  // smsw eax
  CHECK(guest.cpu.regs[kRax] == guest.cpu.cr0);
  guest.cpu.regs[kRax] = kCr0Ts | kCr0Em;
  guest.run({0x0f, 0x01, 0xf0});  // lmsw ax
  CHECK((guest.cpu.cr0 & 15) == (kCr0Pe | kCr0Ts | kCr0Em));
  guest.run({0x0f, 0x06});  // clts
  CHECK((guest.cpu.cr0 & 15) == (kCr0Pe | kCr0Em));
}

TEST_CASE("STR and SLDT tell the selectors, MOV to DR sets a register") {
  SystemGuest guest;
  guest.cpu.regs[kRcx] = 0x123456789abc;
  // str eax; sldt edx; mov dr1, rcx
  guest.run({0x0f, 0x00, 0xc8, 0x0f, 0x00, 0xc2, 0x0f, 0x23, 0xc9}, 3);
  CHECK(guest.cpu.regs[kRax] == SystemGuest::kTssSelector);
  CHECK(guest.cpu.regs[kRdx] == 0);
  CHECK(guest.cpu.dr[1] == 0x123456789abc);
}

TEST_CASE("LIDT takes what SIDT stored") {
  SystemGuest guest;
  guest.cpu.regs[kRbx] = TestGuest::kData;
  guest.run({0x0f, 0x01, 0x0b});  // sidt [rbx]
  guest.cpu.idtr = {};
  guest.run({0x0f, 0x01, 0x1b});  // lidt [rbx]
  CHECK(guest.cpu.idtr.base == SystemGuest::kIdt);
  CHECK(guest.cpu.idtr.limit == 256 * 16 - 1);
}

TEST_CASE("INVD, WBINVD and RDPMC belong to level 0") {
  for (const uint8_t opcode : {uint8_t{0x08}, uint8_t{0x09}, uint8_t{0x33}}) {
    CAPTURE(opcode);
    SystemGuest user;
    user.enter_user();
    CHECK(user.fault_of({0x0f, opcode}).vector == kVectorGp);
  }
  SystemGuest kernel;
  kernel.run({0x0f, 0x08, 0x0f, 0x09}, 2);
  CHECK(kernel.cpu.rip == TestGuest::kCode + 4);
}

struct LastAccess : IoHandler {
  uint64_t read(uint64_t, unsigned size) override { return 0x1122334455 + size; }
  void write(uint64_t, unsigned size, uint64_t value) override {
    writes.push_back(value << 8 | size);
  }
  std::vector<uint64_t> writes;
};

TEST_CASE("IN and OUT take a port from an immediate, OUTS from DX") {
  SystemGuest guest;
  LastAccess device;
  const IoMapping mapping = guest.ports.map(0x80, 8, device, "device");
  guest.cpu.regs[kRax] = 0xabcdef;
  guest.cpu.regs[kRdx] = 0x80;
  guest.cpu.regs[kRsi] = TestGuest::kData;
  guest.memory.write(GuestAddr{TestGuest::kData}, uint32_t{0x55667788});
  guest.run({0xe6, 0x80, 0xe7, 0x80, 0x6f}, 3);  // out 0x80, al; out 0x80, eax; outsd
  CHECK(device.writes == std::vector<uint64_t>{0xef01, 0xabcdef04, 0x5566778804});
  guest.run({0xe4, 0x80});  // in al, 0x80
  CHECK(guest.cpu.regs[kRax] == 0xabcd56);
  guest.run({0xe5, 0x80});  // in eax, 0x80
  CHECK(guest.cpu.regs[kRax] == 0x22334459);
}

}  // namespace
}  // namespace vireo
