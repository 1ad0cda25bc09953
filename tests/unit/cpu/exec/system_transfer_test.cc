// IRET, far transfers, system calls (SDM 3A 5.8; 2A, 2B).
#include <doctest/doctest.h>

#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

void push_return(SystemGuest& guest, uint64_t ss, uint64_t rsp, uint64_t flags, uint64_t cs,
                 uint64_t rip) {
  for (const uint64_t value : {ss, rsp, flags, cs, rip}) guest.push(value);
}

TEST_CASE("IRETQ goes out to 64-bit user code") {
  SystemGuest guest;
  push_return(guest, SystemGuest::kUserData, SystemGuest::kUserStack, 0x202, SystemGuest::kUser64,
              SystemGuest::kUserCode);
  guest.run({0x48, 0xcf});
  CHECK(guest.cpu.rip == SystemGuest::kUserCode);
  CHECK(guest.cpu.cpl == 3);
  CHECK(guest.cpu.regs[kRsp] == SystemGuest::kUserStack);
  CHECK(guest.cpu.read_rflags() == 0x202);
  CHECK(guest.cpu.segs[kDs].selector == 0);  // a level 0 segment does not go along
  CHECK(guest.cpu.code_mode == CodeMode::k64);
}

TEST_CASE("IRETQ goes out to compatibility mode") {
  SystemGuest guest;
  push_return(guest, SystemGuest::kUserData, 0x210000, 0x202, SystemGuest::kUser32, 0x120000);
  guest.run({0x48, 0xcf});
  CHECK(guest.cpu.code_mode == CodeMode::k32);
  CHECK(guest.cpu.cpl == 3);
  CHECK(guest.cpu.stack_big);
}

TEST_CASE("IRETQ keeps the base of a null FS") {
  SystemGuest guest;
  guest.cpu.segs[kFs] = Segment{0, 0, 0, 0x123456789000};
  guest.cpu.mode_changed();
  push_return(guest, SystemGuest::kUserData, SystemGuest::kUserStack, 2, SystemGuest::kUser64,
              SystemGuest::kUserCode);
  guest.run({0x48, 0xcf});
  CHECK(guest.cpu.seg_base[kFs] == 0x123456789000);
}

TEST_CASE("IRETQ refuses what it must, with the selector as error code") {
  SystemGuest inwards;
  inwards.enter_user();
  push_return(inwards, SystemGuest::kData, 0x200000, 2, SystemGuest::kCode64, 0x100000);
  CHECK(inwards.fault_of({0x48, 0xcf}).error == SystemGuest::kCode64);

  SystemGuest rip;
  push_return(rip, SystemGuest::kUserData, 0x210000, 2, SystemGuest::kUser64, 1ull << 60);
  const auto frame = rip.fault_of({0x48, 0xcf});
  CHECK(frame.vector == kVectorGp);
  CHECK(frame.error == 0);

  SystemGuest stack;
  push_return(stack, SystemGuest::kData | 3, 0x210000, 2, SystemGuest::kUser64, 0x120000);
  CHECK(stack.fault_of({0x48, 0xcf}).error == SystemGuest::kData);

  SystemGuest task;
  task.cpu.rflags |= kFlagNt;
  CHECK(task.fault_of({0x48, 0xcf}).vector == kVectorGp);
}

TEST_CASE("user code cannot change IF and IOPL by IRET") {
  SystemGuest guest;
  guest.enter_user();
  guest.cpu.rflags |= kFlagIf;
  push_return(guest, SystemGuest::kUserData, SystemGuest::kUserStack, 0x3002, SystemGuest::kUser64,
              SystemGuest::kUserCode);
  guest.run({0x48, 0xcf});
  CHECK(guest.cpu.rip == SystemGuest::kUserCode);
  CHECK((guest.cpu.rflags & kFlagIf) != 0);
  CHECK(guest.cpu.iopl() == 0);
}

TEST_CASE("SYSCALL and SYSRET go in and out") {
  SystemGuest guest;
  guest.cpu.star = uint64_t{0x20} << 48 | uint64_t{SystemGuest::kCode64} << 32;
  guest.cpu.lstar = SystemGuest::kKernelEntry;
  guest.cpu.sfmask = kFlagIf | kFlagDf;
  guest.enter_user();
  guest.cpu.rflags |= kFlagIf | kFlagDf;
  guest.memory.write(GuestAddr{SystemGuest::kKernelEntry}, uint32_t{0x90070f48});  // sysretq
  guest.run({0x0f, 0x05, 0x90});
  CHECK(guest.cpu.cpl == 0);
  CHECK(guest.cpu.rip == SystemGuest::kKernelEntry);
  CHECK(guest.cpu.segs[kSs].selector == SystemGuest::kData);
  CHECK(guest.cpu.regs[kRcx] == TestGuest::kCode + 2);
  CHECK(guest.cpu.regs[kR11] == 0x602);
  CHECK((guest.cpu.rflags & (kFlagIf | kFlagDf)) == 0);
  guest.cpu.run(1);
  CHECK(guest.cpu.cpl == 3);
  CHECK(guest.cpu.rip == TestGuest::kCode + 2);
  CHECK(guest.cpu.segs[kCs].selector == SystemGuest::kUser64);
  CHECK(guest.cpu.segs[kSs].selector == SystemGuest::kUserData);
  CHECK(guest.cpu.read_rflags() == 0x602);
}

TEST_CASE("SYSCALL is undefined without EFER.SCE, and from compatibility mode on Intel") {
  SystemGuest off;
  off.cpu.efer &= ~kEferSce;
  CHECK(off.fault_of({0x0f, 0x05}).vector == kVectorUd);

  SystemGuest intel;
  intel.enter_user(SystemGuest::kUser32);
  CHECK(intel.fault_of({0x0f, 0x05}).vector == kVectorUd);

  SystemGuest amd("qemu64");
  amd.cpu.star = uint64_t{SystemGuest::kCode64} << 32;
  amd.cpu.cstar = SystemGuest::kKernelEntry;
  amd.enter_user(SystemGuest::kUser32);
  amd.run({0x0f, 0x05});
  CHECK(amd.cpu.rip == SystemGuest::kKernelEntry);
}

TEST_CASE("SYSENTER from compatibility mode reaches 64-bit code, SYSEXIT goes back") {
  SystemGuest guest;
  guest.cpu.sysenter_cs = SystemGuest::kCode64;
  guest.cpu.sysenter_esp = SystemGuest::kKernelStack;
  guest.cpu.sysenter_eip = SystemGuest::kKernelEntry;
  guest.enter_user(SystemGuest::kUser32);
  guest.memory.write(GuestAddr{SystemGuest::kKernelEntry}, uint32_t{0x9090350f});
  guest.run({0x0f, 0x34});
  CHECK(guest.cpu.code_mode == CodeMode::k64);
  CHECK(guest.cpu.regs[kRsp] == SystemGuest::kKernelStack);
  guest.cpu.regs[kRdx] = SystemGuest::kUserCode;
  guest.cpu.regs[kRcx] = SystemGuest::kUserStack;
  guest.cpu.run(1);
  CHECK(guest.cpu.rip == SystemGuest::kUserCode);
  CHECK(guest.cpu.segs[kCs].selector == SystemGuest::kUser32);
  CHECK(guest.cpu.cpl == 3);
}

TEST_CASE("a far return changes from 64-bit to 32-bit code and back") {
  SystemGuest guest;
  guest.push(SystemGuest::kCode32);
  guest.push(SystemGuest::kKernelEntry);
  // In 32-bit code: ljmp $kCode64, $kUserCode
  const uint8_t back[] = {0xea, 0x00, 0x00, 0x12, 0x00, SystemGuest::kCode64, 0x00};
  guest.memory.write_bytes(GuestAddr{SystemGuest::kKernelEntry}, std::as_bytes(std::span(back)));
  guest.run({0x48, 0xcb});
  CHECK(guest.cpu.code_mode == CodeMode::k32);
  CHECK(guest.cpu.rip == SystemGuest::kKernelEntry);
  guest.cpu.run(1);
  CHECK(guest.cpu.code_mode == CodeMode::k64);
  CHECK(guest.cpu.rip == SystemGuest::kUserCode);
}

TEST_CASE("a far call and return through memory with 64-bit offsets") {
  SystemGuest guest;
  guest.memory.write(GuestAddr{TestGuest::kData}, SystemGuest::kKernelEntry);
  guest.memory.write(GuestAddr{TestGuest::kData + 8}, SystemGuest::kCode64);
  guest.memory.write(GuestAddr{SystemGuest::kKernelEntry}, uint16_t{0xcb48});
  guest.cpu.regs[kRax] = TestGuest::kData;
  guest.run({0x48, 0xff, 0x18, 0x90}, 1);  // rex.w call far [rax]
  CHECK(guest.cpu.rip == SystemGuest::kKernelEntry);
  CHECK(guest.cpu.regs[kRsp] == TestGuest::kStack - 16);
  guest.cpu.run(1);
  CHECK(guest.cpu.rip == TestGuest::kCode + 3);
  CHECK(guest.cpu.regs[kRsp] == TestGuest::kStack);
}

TEST_CASE("a call gate leads from level 3 to level 0, and a far return out again") {
  SystemGuest guest;
  guest.memory.write(GuestAddr{TestGuest::kData}, uint64_t{SystemGuest::kCallGateSelector} << 32);
  guest.memory.write(GuestAddr{SystemGuest::kKernelEntry}, uint16_t{0xcb48});
  guest.enter_user();
  guest.cpu.regs[kRax] = TestGuest::kData;
  guest.run({0xff, 0x18, 0x90}, 1);
  CHECK(guest.cpu.cpl == 0);
  CHECK(guest.cpu.rip == SystemGuest::kKernelEntry);
  CHECK(guest.cpu.regs[kRsp] == SystemGuest::kKernelStack - 32);
  guest.cpu.run(1);
  CHECK(guest.cpu.cpl == 3);
  CHECK(guest.cpu.rip == TestGuest::kCode + 2);
  CHECK(guest.cpu.regs[kRsp] == SystemGuest::kUserStack);
}

TEST_CASE("a far jump to a segment of another level is #GP with its selector") {
  SystemGuest guest;
  guest.memory.write(GuestAddr{TestGuest::kData + 4}, SystemGuest::kUser64);
  guest.cpu.regs[kRax] = TestGuest::kData;
  const auto frame = guest.fault_of({0xff, 0x28});
  CHECK(frame.vector == kVectorGp);
  CHECK(frame.error == (SystemGuest::kUser64 & ~3u));
}

}  // namespace
}  // namespace vireo
