// Delivery of exceptions and interrupts (SDM 3A chapter 6).
#include <doctest/doctest.h>

#include <utility>

#include "tests/unit/cpu/exec/fake_apic.h"
#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

TEST_CASE("a fault pushes a frame that points at the instruction, with RF set") {
  SystemGuest guest;
  const auto frame = guest.fault_of({0x90, 0x0f, 0x0b});  // nop; ud2
  CHECK(frame.vector == kVectorUd);
  CHECK(frame.rip == TestGuest::kCode + 1);
  CHECK(frame.cs == SystemGuest::kCode64);
  CHECK(frame.ss == SystemGuest::kData);
  CHECK(frame.rsp == TestGuest::kStack);
  CHECK((frame.flags & kFlagRf) != 0);
}

TEST_CASE("the stack of a 64-bit handler is aligned to 16 bytes") {
  SystemGuest guest;
  guest.cpu.regs[kRsp] = TestGuest::kStack - 3;
  const auto frame = guest.fault_of({0x0f, 0x0b});
  CHECK(frame.rsp == TestGuest::kStack - 3);
  CHECK(guest.cpu.regs[kRsp] == TestGuest::kStack - 16 - 40);
}

TEST_CASE("an interrupt gate clears IF, a trap gate keeps it") {
  SystemGuest guest;
  guest.cpu.rflags |= kFlagIf;
  guest.fault_of({0x0f, 0x0b});
  CHECK((guest.cpu.rflags & kFlagIf) == 0);

  SystemGuest other;
  other.set_gate(kVectorUd, 0x8f00);
  other.cpu.rflags |= kFlagIf;
  other.fault_of({0x0f, 0x0b});
  CHECK((other.cpu.rflags & kFlagIf) != 0);
}

TEST_CASE("from level 3 the stack comes from the TSS and SS becomes null") {
  SystemGuest guest;
  guest.enter_user();
  const auto frame = guest.fault_of({0x0f, 0x0b});
  CHECK(frame.vector == kVectorUd);
  CHECK(frame.cs == SystemGuest::kUser64);
  CHECK(frame.ss == SystemGuest::kUserData);
  CHECK(frame.rsp == SystemGuest::kUserStack);
  CHECK(guest.cpu.regs[kRsp] == SystemGuest::kKernelStack - 40);
  CHECK(guest.cpu.segs[kSs].selector == 0);
  CHECK(guest.cpu.cpl == 0);
}

TEST_CASE("an IST number chooses the stack without a change of level") {
  SystemGuest guest;
  guest.set_gate(kVectorUd, 0x8e01);
  guest.fault_of({0x0f, 0x0b});
  CHECK(guest.cpu.regs[kRsp] == SystemGuest::kIst1 - 40);
}

TEST_CASE("a page fault gives CR2 and an error code") {
  SystemGuest guest;
  guest.cpu.regs[kRax] = uint64_t{5} << 30;               // above what is mapped
  const auto frame = guest.fault_of({0xc6, 0x00, 0x01});  // mov byte [rax], 1
  CHECK(frame.vector == kVectorPf);
  CHECK(frame.error == 2);
  CHECK(guest.cpu.cr2 == uint64_t{5} << 30);
}

TEST_CASE("INT n needs a gate that its level may use") {
  SystemGuest guest;
  guest.enter_user();
  const auto refused = guest.fault_of({0xcd, 0x80});
  CHECK(refused.vector == kVectorGp);
  CHECK(refused.error == 0x80 * 8 + 2);
  CHECK(refused.rip == TestGuest::kCode);

  SystemGuest other;
  other.set_gate(0x80, 0xee00);
  other.enter_user();
  const auto allowed = other.fault_of({0xcd, 0x80});
  CHECK(allowed.vector == 0x80);
  CHECK(allowed.rip == TestGuest::kCode + 2);
  CHECK((allowed.flags & kFlagRf) == 0);
}

TEST_CASE("INT3 pushes the address behind itself") {
  SystemGuest guest;
  const auto frame = guest.fault_of({0xcc});
  CHECK(frame.vector == kVectorBp);
  CHECK(frame.rip == TestGuest::kCode + 1);
}

TEST_CASE("an absent gate is #NP with the EXT bit for exceptions") {
  SystemGuest guest;
  guest.set_gate(kVectorUd, 0x0e00);
  const auto frame = guest.fault_of({0x0f, 0x0b});
  CHECK(frame.vector == kVectorNp);
  CHECK(frame.error == kVectorUd * 8 + 3);
}

TEST_CASE("a fault while delivering a contributory exception is #DF") {
  SystemGuest guest;
  guest.set_gate(kVectorGp, 0x0e00);
  guest.cpu.regs[kRcx] = 0x12345;
  const auto frame = guest.fault_of({0x0f, 0x32});  // rdmsr of nothing
  CHECK(frame.vector == kVectorDf);
  CHECK(frame.error == 0);
}

TEST_CASE("a fault while delivering #DF shuts the processor down") {
  SystemGuest guest;
  guest.set_gate(kVectorGp, 0x0e00);
  guest.set_gate(kVectorDf, 0x0e00);
  guest.cpu.regs[kRcx] = 0x12345;
  CHECK(guest.run({0x0f, 0x32}, 10) == CpuExit::kTripleFault);
}

TEST_CASE("a kernel stack pointer that is not canonical is #SS") {
  SystemGuest guest;
  guest.memory.write(GuestAddr{SystemGuest::kTss + 4}, uint64_t{1} << 60);
  guest.set_gate(kVectorSs, 0x8e01);
  guest.enter_user();
  const auto frame = guest.fault_of({0x0f, 0x0b});
  CHECK(frame.vector == kVectorSs);
  CHECK(frame.error == 1);
}

TEST_CASE("single-stepping traps behind each instruction") {
  SystemGuest guest;
  guest.cpu.rflags |= kFlagTf;
  const auto frame = guest.fault_of({0x90, 0x90});
  CHECK(frame.vector == kVectorDb);
  CHECK(frame.rip == TestGuest::kCode + 1);
  CHECK((guest.cpu.dr[6] & 1u << 14) != 0);
  CHECK((guest.cpu.rflags & kFlagTf) == 0);
}

TEST_CASE("INT n under single-stepping traps behind its IRET, not in the handler") {
  SystemGuest guest;
  guest.set_gate(0x80, 0x8e00);
  guest.memory.write(GuestAddr{SystemGuest::kHandlers + 0x80 * 16}, uint32_t{0xcf4890});
  guest.cpu.rflags |= kFlagTf;
  const auto frame = guest.fault_of({0xcd, 0x80, 0x90, 0x90});
  CHECK(frame.vector == kVectorDb);
  CHECK(frame.rip == TestGuest::kCode + 3);
}

TEST_CASE("an interrupt waits for IF, and one instruction longer behind STI") {
  SystemGuest guest;
  FakeApic apic;
  guest.cpu.set_interrupt_controller(&apic);
  apic.vector = 0x40;
  guest.cpu.interrupt_changed();
  // nop; sti; inc rax; inc rax
  const auto frame = guest.fault_of({0x90, 0xfb, 0x48, 0xff, 0xc0, 0x48, 0xff, 0xc0});
  CHECK(frame.vector == 0x40);
  CHECK(frame.rip == TestGuest::kCode + 5);
  CHECK(guest.cpu.regs[kRax] == 1);
  CHECK((frame.flags & (kFlagIf | kFlagRf)) == kFlagIf);
}

TEST_CASE("STI and HLT together cannot miss an interrupt") {
  SystemGuest guest;
  FakeApic apic;
  guest.cpu.set_interrupt_controller(&apic);
  apic.vector = 0x40;
  guest.cpu.interrupt_changed();
  const auto frame = guest.fault_of({0xfb, 0xf4});
  CHECK(frame.vector == 0x40);
  CHECK(frame.rip == TestGuest::kCode + 2);
}

TEST_CASE("the shadow of STI also holds where the run is cut behind it") {
  SystemGuest guest;
  FakeApic apic;
  guest.cpu.set_interrupt_controller(&apic);
  guest.run({0xfb, 0x48, 0xff, 0xc0, 0x90}, 1);
  apic.vector = 0x40;
  guest.cpu.interrupt_changed();
  guest.cpu.run(10);
  CHECK(guest.frame().rip == TestGuest::kCode + 4);
}

TEST_CASE("an NMI comes with IF clear, and the next one only after IRET") {
  SystemGuest guest;
  guest.memory.write(GuestAddr{SystemGuest::kHandlers + 2 * 16}, uint32_t{0xcf4890f4});
  guest.load(std::initializer_list<uint8_t>{0x90, 0x90, 0x90, 0x90});
  guest.cpu.set_nmi();
  guest.cpu.run(1);
  CHECK(guest.frame().vector == kVectorNmi);
  guest.cpu.set_nmi();
  guest.cpu.halted = false;
  guest.cpu.run(1);
  CHECK(guest.cpu.rip == SystemGuest::kHandlers + 2 * 16 + 2);
  guest.cpu.run(1);  // iretq, and the NMI which it lets in
  CHECK(guest.cpu.rip == SystemGuest::kHandlers + 2 * 16);
  CHECK(guest.cpu.regs[kRsp] == TestGuest::kStack - 40);
}

TEST_CASE("an IRET that faults opens the way for the next NMI all the same") {
  SystemGuest guest;
  // mov byte [rsp+7], 0x80 makes RIP one that is not canonical; iretq
  const std::initializer_list<uint8_t> code = {0xc6, 0x44, 0x24, 0x07, 0x80, 0x48, 0xcf};
  guest.memory.write_bytes(GuestAddr{SystemGuest::kHandlers + 16 * kVectorNmi},
                           std::as_bytes(std::span(code.begin(), code.size())));
  guest.cpu.set_nmi();
  CHECK(guest.fault_of({0x90}).vector == kVectorGp);
  guest.cpu.set_nmi();
  CHECK(guest.cpu.can_wake());
}

}  // namespace
}  // namespace vireo
