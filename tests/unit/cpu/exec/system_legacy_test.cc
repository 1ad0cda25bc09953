// 32-bit protected mode: gates, inner stacks, call gates (SDM 3A 5.8, 6.12).
#include <doctest/doctest.h>

#include "tests/unit/cpu/exec/legacy_guest.h"

namespace vireo {
namespace {

constexpr uint16_t kGate = 0x48;

TEST_CASE("a fault at level 0 pushes three words and an error code on the same stack") {
  LegacyGuest guest;
  guest.run({0x0f, 0x0b}, 4);
  CHECK(guest.cpu.rip == SystemGuest::kHandlers + kVectorUd * 16 + 1);
  CHECK(guest.cpu.regs[kRsp] == TestGuest::kStack - 12);
  CHECK(guest.stack(0) == TestGuest::kCode);
  CHECK(guest.stack(1) == SystemGuest::kCode32);

  LegacyGuest coded;
  coded.cpu.regs[kRax] = SystemGuest::kAbsent;
  coded.run({0x8e, 0xd8}, 4);
  CHECK(coded.stack(0) == SystemGuest::kAbsent);
  CHECK(coded.stack(1) == TestGuest::kCode);
}

TEST_CASE("from level 3 SS0:ESP0 take over, and IRET gives them back") {
  LegacyGuest guest;
  guest.enter_user(SystemGuest::kUser32);
  guest.set_legacy_gate(0x80, 0xee00);
  guest.memory.write(GuestAddr{SystemGuest::kHandlers + 0x80 * 16}, uint8_t{0xcf});
  guest.run({0xcd, 0x80, 0x90}, 1);
  CHECK(guest.cpu.cpl == 0);
  CHECK(guest.cpu.segs[kSs].selector == SystemGuest::kData);
  CHECK(guest.cpu.regs[kRsp] == LegacyGuest::kEsp0 - 20);
  CHECK(guest.stack(3) == SystemGuest::kUserStack);
  CHECK(guest.stack(4) == SystemGuest::kUserData);
  guest.cpu.run(1);
  CHECK(guest.cpu.cpl == 3);
  CHECK(guest.cpu.rip == TestGuest::kCode + 2);
  CHECK(guest.cpu.regs[kRsp] == SystemGuest::kUserStack);
}

TEST_CASE("a 16-bit gate pushes words and jumps below 64 KiB") {
  LegacyGuest guest;
  guest.memory.write(
      GuestAddr{SystemGuest::kIdt + 0x81 * 8},
      uint64_t{0x5000} | uint64_t{SystemGuest::kCode32} << 16 | uint64_t{0x8600} << 32);
  guest.run({0xcd, 0x81}, 1);
  CHECK(guest.cpu.rip == 0x5000);
  CHECK(guest.cpu.regs[kRsp] == TestGuest::kStack - 6);
}

TEST_CASE("a call gate copies parameters to the inner stack, and RET n drops both copies") {
  LegacyGuest guest;
  guest.set_descriptor(kGate, (SystemGuest::kKernelEntry & 0xffff) |
                                  uint64_t{SystemGuest::kCode32} << 16 | uint64_t{0xec02} << 32 |
                                  (SystemGuest::kKernelEntry >> 16) << 48);
  // retf 8
  guest.memory.write(GuestAddr{SystemGuest::kKernelEntry}, uint32_t{0x0008ca});
  guest.enter_user(SystemGuest::kUser32);
  guest.memory.write(GuestAddr{SystemGuest::kUserStack - 8}, uint64_t{0x2222222211111111});
  guest.cpu.regs[kRsp] = SystemGuest::kUserStack - 8;
  guest.run({0x9a, 0, 0, 0, 0, kGate, 0, 0x90}, 1);
  CHECK(guest.cpu.cpl == 0);
  CHECK(guest.cpu.regs[kRsp] == LegacyGuest::kEsp0 - 24);
  CHECK(guest.stack(2) == 0x11111111);
  CHECK(guest.stack(3) == 0x22222222);
  guest.cpu.run(1);
  CHECK(guest.cpu.cpl == 3);
  CHECK(guest.cpu.rip == TestGuest::kCode + 7);
  CHECK(guest.cpu.regs[kRsp] == SystemGuest::kUserStack);
}

TEST_CASE("a 16-bit call gate moves words: stack, parameters, return address") {
  LegacyGuest guest;
  guest.set_descriptor(kGate, 0x5000 | uint64_t{SystemGuest::kCode32} << 16 |
                                  uint64_t{0xe402} << 32);
  guest.put(0x5000, {0x66, 0xca, 0x04, 0x00});  // retf 4, by words
  guest.put(0x6000, {0x9a, 0, 0, 0, 0, kGate, 0});
  guest.enter_user(SystemGuest::kUser32);
  guest.memory.write(GuestAddr{0x6ffc}, uint32_t{0x22221111});
  guest.cpu.regs[kRsp] = 0x6ffc;
  guest.cpu.rip = 0x6000;
  guest.cpu.run(1);
  CHECK(guest.cpu.cpl == 0);
  CHECK(guest.cpu.rip == 0x5000);
  CHECK(guest.cpu.regs[kRsp] == LegacyGuest::kEsp0 - 12);
  CHECK(guest.stack(0) == (uint32_t{SystemGuest::kUser32} << 16 | 0x6007));
  CHECK(guest.stack(1) == 0x22221111);
  CHECK(guest.stack(2) == (uint32_t{SystemGuest::kUserData} << 16 | 0x6ffc));
  guest.cpu.run(1);
  CHECK(guest.cpu.cpl == 3);
  CHECK(guest.cpu.rip == 0x6007);
  CHECK(guest.cpu.regs[kRsp] == 0x7000);
}

TEST_CASE("SYSENTER and SYSEXIT of a 32-bit system take flat segments by their order") {
  LegacyGuest guest;
  guest.cpu.sysenter_cs = SystemGuest::kCode32;
  guest.cpu.sysenter_esp = LegacyGuest::kEsp0;
  guest.cpu.sysenter_eip = SystemGuest::kKernelEntry;
  guest.put(SystemGuest::kKernelEntry, {0x0f, 0x35});
  guest.enter_user(SystemGuest::kUser32);
  guest.cpu.rflags |= kFlagIf;
  guest.run({0x0f, 0x34}, 1);
  CHECK(guest.cpu.cpl == 0);
  CHECK(guest.cpu.code_mode == CodeMode::k32);
  CHECK(guest.cpu.rip == SystemGuest::kKernelEntry);
  CHECK(guest.cpu.regs[kRsp] == LegacyGuest::kEsp0);
  CHECK((guest.cpu.rflags & kFlagIf) == 0);
  CHECK(guest.cpu.segs[kCs].selector == 0x08);
  CHECK(guest.cpu.segs[kSs].selector == 0x10);
  CHECK(guest.cpu.segs[kSs].limit == 0xffffffff);
  guest.cpu.regs[kRdx] = SystemGuest::kUserCode;
  guest.cpu.regs[kRcx] = SystemGuest::kUserStack;
  guest.cpu.run(1);
  CHECK(guest.cpu.cpl == 3);
  CHECK(guest.cpu.rip == SystemGuest::kUserCode);
  CHECK(guest.cpu.regs[kRsp] == SystemGuest::kUserStack);
  CHECK(guest.cpu.segs[kCs].selector == 0x1b);
  CHECK(guest.cpu.segs[kSs].selector == 0x23);
}

TEST_CASE("SYSENTER needs a code segment, SYSEXIT level 0 as well") {
  LegacyGuest guest;
  CHECK(guest.fault({0x0f, 0x34}).vector == kVectorGp);
  LegacyGuest user;
  user.cpu.sysenter_cs = SystemGuest::kCode32;
  user.enter_user(SystemGuest::kUser32);
  CHECK(user.fault({0x0f, 0x35}).vector == kVectorGp);
}

TEST_CASE("outside 64-bit mode SGDT and SIDT store six bytes, LGDT by words loads 24 bits") {
  LegacyGuest guest;
  guest.memory.fill(GuestAddr{TestGuest::kData}, 64, std::byte{0xff});
  guest.cpu.gdtr = {0x12345678, 0x7f};
  guest.cpu.regs[kRax] = TestGuest::kData;
  // sgdt [eax]; sidt [eax + 16], by words; lgdt [eax], by words
  guest.run({0x0f, 0x01, 0x00, 0x66, 0x0f, 0x01, 0x48, 0x10, 0x66, 0x0f, 0x01, 0x10}, 3);
  CHECK(guest.memory.read<uint64_t>(GuestAddr{TestGuest::kData}) == 0xffff12345678007f);
  CHECK(guest.memory.read<uint64_t>(GuestAddr{TestGuest::kData + 16}) ==
        (0xffff000000000000 | SystemGuest::kIdt << 16 | 0x7ff));
  CHECK(guest.cpu.gdtr.base == 0x345678);
  CHECK(guest.cpu.gdtr.limit == 0x7f);
}

TEST_CASE("a bad inner stack segment in the TSS is #TS with its selector") {
  LegacyGuest guest;
  guest.memory.write(GuestAddr{SystemGuest::kTss + 8}, SystemGuest::kReadOnly);
  guest.enter_user(SystemGuest::kUser32);
  CHECK(guest.run({0x0f, 0x0b}, 4) == CpuExit::kTripleFault);
}

TEST_CASE("an expand-down segment admits what lies above its limit") {
  LegacyGuest guest;
  guest.cpu.segs[kDs] = Segment{SystemGuest::kData, 0xc97, 0xfffff, 0};
  guest.cpu.mode_changed();
  guest.cpu.regs[kRax] = TestGuest::kData;
  guest.cpu.regs[kRbx] = 0x1000;
  guest.run({0x8a, 0x08, 0x8a, 0x0b}, 4);  // mov cl, [eax]; mov cl, [ebx]
  CHECK(guest.cpu.rip == SystemGuest::kHandlers + kVectorGp * 16 + 1);
  CHECK(guest.stack(1) == TestGuest::kCode + 2);
}

}  // namespace
}  // namespace vireo
