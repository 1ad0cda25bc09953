// MONITOR and MWAIT: what ends a wait, what does not, and what they refuse.
#include <doctest/doctest.h>

#include <vector>

#include "tests/unit/cpu/exec/fake_apic.h"
#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

constexpr uint64_t kLine = TestGuest::kData + 0x140, kEnableMonitor = 1u << 18;

// mov eax, line; xor ecx, ecx; xor edx, edx; monitor; mov ecx, [hints]; mwait; inc rbx
void load_wait(SystemGuest& guest, uint8_t hints = 0) {
  const uint8_t code[] = {0xb8, 0x48, 0x01, 0x30, 0x00, 0x31, 0xc9, 0x31, 0xd2, 0x0f, 0x01, 0xc8,
                          0xb9, hints, 0,  0,    0,    0x0f, 0x01, 0xc9, 0x48, 0xff, 0xc3};
  guest.load(code);
  guest.cpu.regs[kRbx] = 0;
}

TEST_CASE("MWAIT waits for a store to the line that MONITOR has armed") {
  SystemGuest guest;
  FakeApic apic;
  guest.cpu.set_interrupt_controller(&apic);
  load_wait(guest);
  CHECK(guest.cpu.run(100) == CpuExit::kHalted);
  CHECK(guest.cpu.waits_for_store());
  guest.memory.write(GuestAddr{kLine - 8}, uint64_t{1});
  guest.memory.write(GuestAddr{kLine + 64}, uint64_t{1});
  CHECK(guest.cpu.run(100) == CpuExit::kHalted);
  CHECK(apic.wakes == 0);
  guest.memory.write(GuestAddr{kLine + 63}, uint8_t{0});  // what was there already
  CHECK(apic.wakes == 1);
  CHECK(guest.cpu.run(1) == CpuExit::kBudget);
  CHECK(guest.cpu.regs[kRbx] == 1);
}

TEST_CASE("MWAIT does not wait without an armed line, nor after a store to it") {
  SystemGuest guest;
  guest.run({0x31, 0xc9, 0x0f, 0x01, 0xc9, 0x48, 0xff, 0xc3}, 3);  // xor ecx, ecx; mwait; inc rbx
  CHECK(guest.cpu.regs[kRbx] == 1);
  load_wait(guest);
  guest.cpu.run(4);
  guest.memory.write(GuestAddr{kLine}, uint64_t{1});
  guest.cpu.run(3);
  CHECK(guest.cpu.regs[kRbx] == 1);
  CHECK_FALSE(guest.cpu.halted);
}

TEST_CASE("stores of the processor itself reach the armed line by every path") {
  const std::initializer_list<uint8_t> stores[] = {
      {0x88, 0x08},              // mov [rax], cl
      {0x48, 0x89, 0x48, 0xfc},  // mov [rax - 4], rcx
      {0xf0, 0x01, 0x08},        // lock add [rax], ecx
      {0x0f, 0x11, 0x00},        // movups [rax], xmm0
      {0xaa},                    // stosb
      {0xb1, 0x04, 0xf3, 0xaa},  // mov cl, 4; rep stosb
  };
  for (const auto& store : stores) {
    SystemGuest guest;
    std::vector<uint8_t> code = {0x48, 0x89, 0x08, 0x0f, 0x01, 0xc8};  // mov [rax], rcx; monitor
    code.insert(code.end(), store);
    // xor ecx, ecx; mwait; inc rbx
    code.insert(code.end(), {0x31, 0xc9, 0x0f, 0x01, 0xc9, 0x48, 0xff, 0xc3, 0xf4});
    guest.load(code);
    guest.cpu.regs[kRax] = guest.cpu.regs[kRdi] = kLine;
    guest.cpu.run(100);
    CHECK(guest.cpu.regs[kRbx] == 1);
  }
}

TEST_CASE("a wait ends with an interrupt: with IF by delivery, with ECX bit 0 in any case") {
  for (const bool enabled : {false, true}) {
    for (const uint8_t hints : {0, 1}) {
      SystemGuest guest;
      FakeApic apic;
      guest.cpu.set_interrupt_controller(&apic);
      load_wait(guest, hints);
      if (enabled) guest.cpu.rflags |= kFlagIf;
      CHECK(guest.cpu.run(100) == CpuExit::kHalted);
      apic.vector = 0x40;
      guest.cpu.interrupt_changed();
      CHECK(guest.cpu.can_wake() == (enabled || hints != 0));
      guest.cpu.run(1);
      CHECK((guest.frame().vector == 0x40) == enabled);
      CHECK(guest.cpu.regs[kRbx] == (!enabled && hints != 0 ? 1 : 0));
    }
  }
}

TEST_CASE("an NMI ends a wait; a HLT after it is not taken for one") {
  SystemGuest guest;
  load_wait(guest);
  guest.cpu.run(100);
  guest.cpu.set_nmi();
  CHECK(guest.cpu.can_wake());
  CHECK(guest.cpu.run(1) == CpuExit::kHalted);  // the handler's HLT
  CHECK(guest.frame().vector == kVectorNmi);
  CHECK_FALSE(guest.cpu.waits_for_store());
  guest.memory.write(GuestAddr{kLine}, uint64_t{1});
  CHECK(guest.cpu.halted);
}

TEST_CASE("an INIT ends a wait, and nothing is armed any more") {
  SystemGuest guest;
  FakeApic apic;
  guest.cpu.set_interrupt_controller(&apic);
  load_wait(guest);
  guest.cpu.run(100);
  REQUIRE(guest.cpu.waits_for_store());
  guest.cpu.init();
  CHECK_FALSE(guest.cpu.halted);
  CHECK_FALSE(guest.cpu.waits_for_store());
  CHECK_FALSE(guest.memory.code_in(GuestAddr{kLine}, 8));
  guest.memory.write(GuestAddr{kLine}, uint64_t{1});
  CHECK(apic.wakes == 0);
  guest.memory.write(GuestAddr{0x8000}, uint32_t{0xf4c0ff66});  // inc eax; hlt
  guest.cpu.start_at(8);
  CHECK(guest.cpu.run(10) == CpuExit::kHalted);
  CHECK(guest.cpu.regs[kRax] == 1);
}

TEST_CASE("MONITOR and MWAIT refuse other levels, unknown extensions and unmapped addresses") {
  const auto fault = [](uint8_t last, uint64_t rcx, auto&& prepare) {
    SystemGuest guest;
    guest.cpu.regs[kRax] = kLine;
    guest.cpu.regs[kRcx] = rcx;
    prepare(guest);
    return guest.fault_of({0x0f, 0x01, last, 0xf4}).vector;  // hlt
  };
  const auto nothing = [](SystemGuest&) {};
  const auto user = [](SystemGuest& guest) { guest.enter_user(); };
  const auto off = [](SystemGuest& guest) { guest.cpu.misc_enable &= ~kEnableMonitor; };
  const auto unmapped = [](SystemGuest& guest) {
    guest.memory.write(GuestAddr{TestGuest::kPml4 + 0x2000 + 8 * 2}, uint64_t{0});
    guest.cpu.regs[kRax] = 0x400000;
  };
  for (const uint8_t last : {0xc8, 0xc9}) {
    CHECK(fault(last, 0, user) == kVectorUd);
    CHECK(fault(last, 0, off) == kVectorUd);
    CHECK(fault(last, 2, nothing) == kVectorGp);
    CHECK(fault(last, uint64_t{1} << 32, nothing) == kVectorGp);
  }
  CHECK(fault(0xc8, 1, nothing) == kVectorGp);
  CHECK(fault(0xc8, 0, unmapped) == kVectorPf);
  CHECK(fault(0xc9, 0, unmapped) == 256);
}

TEST_CASE("IA32_MISC_ENABLE hides MONITOR from CPUID; leaf 5 tells of its lines") {
  SystemGuest guest;
  guest.cpu.regs[kRax] = 1;
  guest.run({0x0f, 0xa2});
  CHECK((guest.cpu.regs[kRcx] & 8) != 0);
  guest.cpu.misc_enable &= ~kEnableMonitor;
  guest.cpu.regs[kRax] = 1;
  guest.run({0x0f, 0xa2});
  CHECK((guest.cpu.regs[kRcx] & 8) == 0);
  guest.cpu.regs[kRax] = 5;
  guest.run({0x0f, 0xa2});
  CHECK(guest.cpu.regs[kRax] == 64);
  CHECK(guest.cpu.regs[kRbx] == 64);
  CHECK(guest.cpu.regs[kRcx] == 3);
}

TEST_CASE("a wait goes on after save and load, and the old one's line is forgotten") {
  SystemGuest waiting, other;
  load_wait(waiting);
  waiting.cpu.run(100);
  Archive saved = Archive::saver();
  waiting.cpu.visit(saved);
  other.cpu.arm_monitor(GuestAddr{0x500000});
  load_wait(other);
  Archive loaded = Archive::loader(saved.bytes());
  other.cpu.visit(loaded);
  CHECK(other.cpu.waits_for_store());
  CHECK_FALSE(other.memory.code_in(GuestAddr{0x500000}, 8));
  CHECK(other.cpu.run(10) == CpuExit::kHalted);
  other.memory.write(GuestAddr{kLine}, uint64_t{1});
  other.cpu.run(1);
  CHECK(other.cpu.regs[kRbx] == 1);
}

}  // namespace
}  // namespace vireo
