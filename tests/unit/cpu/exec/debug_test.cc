// Breakpoints, single-stepping, RF and BTF (SDM 3B 18.2, 18.3, 18.4.4).
#include <doctest/doctest.h>

#include "cpu/exec/msr.h"
#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

constexpr uint64_t kDr6Clear = 0xffff0ff0;
enum Condition : unsigned { kExecute, kWrite, kPort, kAccess };
enum Length : unsigned { kOne, kTwo, kEight, kFour };

class DebugGuest : public SystemGuest {
 public:
  void arm(unsigned n, uint64_t address, Condition condition, Length length = kOne) {
    cpu.dr[n] = address;
    cpu.dr[7] |= uint64_t{1} << 2 * n | uint64_t{condition | length << 2} << (16 + 4 * n);
    cpu.debug_registers_changed();
  }
  uint64_t hits() const { return cpu.dr[6] ^ kDr6Clear; }
};

TEST_CASE("a code breakpoint faults before its instruction") {
  DebugGuest guest;
  guest.arm(2, TestGuest::kCode + 1, kExecute);
  const auto frame = guest.fault_of({0x90, 0x48, 0xff, 0xc0, 0x90});  // nop; inc rax
  CHECK(frame.vector == kVectorDb);
  CHECK(frame.rip == TestGuest::kCode + 1);
  CHECK((frame.flags & kFlagRf) == 0);
  CHECK(guest.cpu.regs[kRax] == 0);
  CHECK(guest.hits() == 4);
}

TEST_CASE("RF from IRET lets one instruction pass its breakpoint") {
  DebugGuest guest;
  guest.arm(0, SystemGuest::kUserCode, kExecute);
  guest.arm(1, SystemGuest::kUserCode + 3, kExecute);
  guest.memory.write(GuestAddr{SystemGuest::kUserCode}, uint64_t{0x90c0ff48c0ff48});
  for (const uint64_t word : {uint64_t{SystemGuest::kData}, TestGuest::kStack,
                              uint64_t{kFlagRf | 2}, uint64_t{SystemGuest::kCode64},
                              SystemGuest::kUserCode}) {
    guest.push(word);
  }
  const auto frame = guest.fault_of({0x48, 0xcf});
  CHECK(frame.rip == SystemGuest::kUserCode + 3);
  CHECK(guest.cpu.regs[kRax] == 1);
  CHECK(guest.hits() == 2);
}

TEST_CASE("RF is gone after one instruction, armed breakpoints or not") {
  SystemGuest guest;
  guest.cpu.rflags |= kFlagRf;
  guest.run({0x90, 0x90}, 1);
  CHECK((guest.cpu.rflags & kFlagRf) == 0);
}

TEST_CASE("a data breakpoint traps behind the access, whatever bytes it shares") {
  struct Case {
    int offset;  // of a four-byte store, from the watched two bytes
    bool met;
  };
  for (const Case c : {Case{-4, false}, Case{-3, true}, Case{0, true}, Case{1, true},
                       Case{2, false}}) {
    CAPTURE(c.offset);
    DebugGuest guest;
    guest.arm(3, TestGuest::kData, kWrite, kTwo);
    guest.cpu.regs[kRbx] = TestGuest::kData + static_cast<uint64_t>(int64_t{c.offset});
    // inc rcx; mov [rbx], eax; inc rcx; hlt
    const auto frame = guest.fault_of({0x48, 0xff, 0xc1, 0x89, 0x03, 0x48, 0xff, 0xc1, 0xf4});
    CHECK(frame.vector == (c.met ? kVectorDb : 256));
    if (!c.met) continue;
    CHECK(frame.rip == TestGuest::kCode + 5);
    CHECK(guest.cpu.regs[kRcx] == 1);
    CHECK(guest.hits() == 8);
  }
}

TEST_CASE("a write breakpoint lets reads pass, the other kind does not") {
  DebugGuest guest;
  guest.arm(0, TestGuest::kData, kWrite, kEight);
  guest.arm(1, TestGuest::kData + 16, kAccess, kOne);
  guest.cpu.regs[kRbx] = TestGuest::kData;
  const auto frame = guest.fault_of({0x8b, 0x03, 0x8b, 0x43, 0x10, 0x90});
  CHECK(frame.rip == TestGuest::kCode + 5);
  CHECK(guest.hits() == 2);
}

TEST_CASE("one instruction that meets several conditions traps once") {
  DebugGuest guest;
  guest.arm(0, TestGuest::kData, kAccess);
  guest.arm(1, TestGuest::kData + 3, kWrite);
  guest.cpu.rflags |= kFlagTf;
  guest.cpu.regs[kRbx] = TestGuest::kData;
  const auto frame = guest.fault_of({0xff, 0x03, 0x90});  // inc dword [rbx]
  CHECK(frame.rip == TestGuest::kCode + 2);
  CHECK(guest.hits() == (3 | kDr6Bs));
  CHECK(guest.memory.read<uint32_t>(GuestAddr{TestGuest::kData}) == 1);
}

TEST_CASE("pushes, wide stores and system instructions meet data breakpoints") {
  for (const auto& code : {std::vector<uint8_t>{0x50, 0x90}, {0x9c, 0x90}, {0x0f, 0xa0, 0x90},
                           {0x0f, 0x11, 0x44, 0x24, 0xf8, 0x90}, {0x48, 0xab, 0x90}}) {
    CAPTURE(code[0]);
    DebugGuest guest;
    guest.arm(0, TestGuest::kStack - 1, kWrite);
    guest.set_gate(kVectorDb, 0x8e01);  // a stack of its own, which is not watched
    guest.cpu.regs[kRdi] = TestGuest::kStack - 8;
    guest.run(code, 16);
    CHECK(guest.frame().vector == kVectorDb);
    CHECK(guest.frame().rip == TestGuest::kCode + code.size() - 1);
  }
}

TEST_CASE("an instruction that faults reports no data breakpoint") {
  DebugGuest guest;
  guest.arm(0, TestGuest::kData, kAccess);
  guest.cpu.regs[kRsi] = TestGuest::kData;
  guest.cpu.regs[kRdi] = uint64_t{1} << 40;
  const auto frame = guest.fault_of({0xa4});  // movsb
  CHECK(frame.vector == kVectorPf);
  CHECK(guest.hits() == 0);
}

TEST_CASE("REP MOVSB traps behind the iteration that meets the breakpoint, with RF set") {
  DebugGuest guest;
  guest.arm(0, TestGuest::kData + 0x1005, kWrite);
  guest.cpu.regs[kRsi] = TestGuest::kData;
  guest.cpu.regs[kRdi] = TestGuest::kData + 0x1000;
  guest.cpu.regs[kRcx] = 64;
  const auto frame = guest.fault_of({0xf3, 0xa4, 0x90}, 100);
  CHECK(frame.rip == TestGuest::kCode);
  CHECK((frame.flags & kFlagRf) != 0);
  CHECK(guest.cpu.regs[kRcx] == 58);
}

TEST_CASE("single-stepping traps behind each iteration of REP") {
  DebugGuest guest;
  guest.cpu.rflags |= kFlagTf;
  guest.cpu.regs[kRdi] = TestGuest::kData;
  guest.cpu.regs[kRcx] = 8;
  const auto frame = guest.fault_of({0xf3, 0xaa, 0x90});
  CHECK(frame.rip == TestGuest::kCode);
  CHECK(guest.cpu.regs[kRcx] == 7);
}

TEST_CASE("a code breakpoint on REP counts once, not for each iteration") {
  DebugGuest guest;
  guest.arm(0, TestGuest::kCode, kExecute);
  guest.cpu.rflags |= kFlagRf;
  guest.cpu.regs[kRdi] = TestGuest::kData + 0xffc;
  guest.cpu.regs[kRcx] = 8;
  guest.run({0xf3, 0xaa, 0xf4}, 20);
  CHECK(guest.cpu.regs[kRcx] == 0);
  CHECK(guest.cpu.rip == TestGuest::kCode + 3);
}

TEST_CASE("port breakpoints need CR4.DE") {
  for (const bool extensions : {false, true}) {
    DebugGuest guest;
    if (extensions) guest.cpu.cr4 |= kCr4De;
    guest.arm(1, 0x80, kPort, kTwo);
    const auto frame = guest.fault_of({0xe6, 0x81, 0x90, 0xf4});
    CHECK(frame.vector == (extensions ? kVectorDb : 256));
    if (extensions) CHECK(frame.rip == TestGuest::kCode + 2);
    if (extensions) CHECK(guest.hits() == 2);
  }
}

TEST_CASE("MOV SS holds its data breakpoint back, and hides the next code breakpoint") {
  DebugGuest guest;
  guest.memory.write(GuestAddr{TestGuest::kData}, SystemGuest::kData);
  guest.arm(0, TestGuest::kData, kAccess, kTwo);
  guest.arm(1, TestGuest::kCode + 2, kExecute);
  guest.cpu.regs[kRbx] = TestGuest::kData;
  const auto frame = guest.fault_of({0x8e, 0x13, 0x48, 0xff, 0xc0, 0x90});  // mov ss, [rbx]
  CHECK(frame.rip == TestGuest::kCode + 5);
  CHECK(guest.cpu.regs[kRax] == 1);
  CHECK(guest.hits() == 1);
}

TEST_CASE("no single-step trap comes between MOV SS and the next instruction") {
  DebugGuest guest;
  guest.cpu.rflags |= kFlagTf;
  guest.cpu.regs[kRbx] = SystemGuest::kData;
  const auto frame = guest.fault_of({0x8e, 0xd3, 0x90, 0x90});
  CHECK(frame.rip == TestGuest::kCode + 3);
}

TEST_CASE("POPF that sets TF traps one instruction later, one that clears it at once") {
  DebugGuest sets;
  sets.push(kFlagTf | 2);
  CHECK(sets.fault_of({0x9d, 0x90, 0x90}).rip == TestGuest::kCode + 2);
  DebugGuest clears;
  clears.push(2);
  clears.cpu.rflags |= kFlagTf;
  CHECK(clears.fault_of({0x9d, 0x90}).rip == TestGuest::kCode + 1);
}

TEST_CASE("SYSRET into TF traps before the first instruction there") {
  DebugGuest guest;
  guest.cpu.star = uint64_t{0x23} << 48 | uint64_t{SystemGuest::kCode64} << 32;
  guest.cpu.regs[kRcx] = SystemGuest::kUserCode;
  guest.cpu.regs[kR11] = kFlagTf | 2;
  const auto frame = guest.fault_of({0x48, 0x0f, 0x07});
  CHECK(frame.vector == kVectorDb);
  CHECK(frame.rip == SystemGuest::kUserCode);
}

TEST_CASE("SYSCALL whose mask clears TF does not trap") {
  DebugGuest guest;
  guest.cpu.star = uint64_t{0x23} << 48 | uint64_t{SystemGuest::kCode64} << 32;
  guest.cpu.lstar = SystemGuest::kKernelEntry;
  guest.memory.write(GuestAddr{SystemGuest::kKernelEntry}, uint8_t{0xf4});
  guest.cpu.sfmask = kFlagTf;
  guest.enter_user();
  guest.cpu.rflags |= kFlagTf;
  guest.run({0x0f, 0x05}, 10);
  CHECK(guest.cpu.rip == SystemGuest::kKernelEntry + 1);
  CHECK(guest.hits() == 0);
}

TEST_CASE("a trap wakes HLT, which it follows") {
  DebugGuest guest;
  guest.cpu.rflags |= kFlagTf;
  CHECK(guest.fault_of({0xf4}).rip == TestGuest::kCode + 1);
}

TEST_CASE("with BTF only taken branches trap, and the handler finds BTF clear") {
  DebugGuest guest;
  REQUIRE(write_msr(guest.cpu, 0x1d9, kDebugControlBtf));
  guest.cpu.rflags |= kFlagTf;
  // inc rax; test rax, rax; jz +1; jmp +1; nop; nop
  const auto frame =
      guest.fault_of({0x48, 0xff, 0xc0, 0x48, 0x85, 0xc0, 0x74, 0x01, 0xeb, 0x01, 0x90, 0x90});
  CHECK(frame.rip == TestGuest::kCode + 11);
  CHECK(guest.cpu.debug_control == 0);
  CHECK_FALSE(write_msr(guest.cpu, 0x1d9, 1u << 6));
}

TEST_CASE("BTF traps a branch to the very next instruction, if it is taken") {
  struct Case {
    std::initializer_list<uint8_t> code;
    bool taken;
  };
  for (const Case& c : {Case{{0xeb, 0x00}, true},                     // jmp +0
                        Case{{0x74, 0x00}, true},                     // jz +0
                        Case{{0x75, 0x00}, false},                    // jnz +0
                        Case{{0xe8, 0x00, 0x00, 0x00, 0x00}, true},   // call +0
                        Case{{0xe2, 0x00}, true},                     // loop +0
                        Case{{0xff, 0xe3}, true},                     // jmp rbx
                        Case{{0xff, 0xd3}, true}}) {                  // call rbx
    CAPTURE(*c.code.begin());
    DebugGuest guest;
    REQUIRE(write_msr(guest.cpu, 0x1d9, kDebugControlBtf));
    guest.cpu.rflags |= kFlagTf;
    guest.cpu.flags = kPackedZf;
    guest.cpu.regs[kRbx] = TestGuest::kCode + c.code.size();
    guest.cpu.regs[kRcx] = 2;
    guest.fault_of(c.code, 1);
    CHECK((guest.frame().vector == kVectorDb || guest.hits() == kDr6Bs) == c.taken);
  }
}

// CPUID shows neither architectural records of branches (leaf 7, EDX bit 19) nor
// IA32_PERF_CAPABILITIES (leaf 1, ECX bit 15); DEBUGCTL.LBR may be asked for, and stays clear.
TEST_CASE("no branches are recorded: DEBUGCTL.LBR stays clear, and the stacks are not there") {
  DebugGuest guest;
  uint64_t value = 1;
  CHECK(write_msr(guest.cpu, 0x1d9, kDebugControlLbr | kDebugControlBtf));
  CHECK(read_msr(guest.cpu, 0x1d9, value));
  CHECK(value == kDebugControlBtf);
  // TOS, selections, the stacks of Atom, Core and the architectural one, those of P6
  for (const uint32_t index : {0x1c9u, 0x1c8u, 0x40u, 0x60u, 0x680u, 0x6c0u, 0xdc0u, 0x14ceu,
                               0x14cfu, 0x1500u, 0x1dbu, 0x1dcu, 0x345u}) {
    CAPTURE(index);
    CHECK_FALSE(read_msr(guest.cpu, index, value));
    CHECK_FALSE(write_msr(guest.cpu, index, 0));
  }
  CHECK((cpuid(guest.cpu.model(), 7, 0, CpuidContext{}).edx & 1u << 19) == 0);
  CHECK((cpuid(guest.cpu.model(), 1, 0, CpuidContext{}).ecx & 1u << 15) == 0);
}

TEST_CASE("the fault of general detection sets RF in its frame") {
  DebugGuest guest;
  guest.cpu.dr[7] |= kDr7Gd;
  const auto frame = guest.fault_of({0x0f, 0x23, 0xc0});
  CHECK((frame.flags & kFlagRf) != 0);
  CHECK((guest.cpu.dr[7] & kDr7Gd) == 0);
  CHECK(guest.hits() == kDr6Bd);
}

TEST_CASE("DR6 and DR7 keep their fixed bits and refuse upper halves") {
  DebugGuest guest;
  guest.cpu.regs[kRax] = 0;
  guest.run({0x0f, 0x23, 0xf0, 0x0f, 0x23, 0xf8}, 2);
  CHECK(guest.cpu.dr[6] == kDr6Clear);
  CHECK(guest.cpu.dr[7] == 0x400);
  guest.cpu.regs[kRax] = 0xffffffff;
  guest.run({0x0f, 0x23, 0xf0}, 1);
  CHECK(guest.cpu.dr[6] == 0xffffeffful);
  for (const uint8_t modrm : {0xf0, 0xf8}) {
    DebugGuest upper;
    upper.cpu.regs[kRax] = uint64_t{1} << 32;
    CHECK(upper.fault_of({0x0f, 0x23, modrm}).vector == kVectorGp);
  }
}

TEST_CASE("a push that delivers an event meets its data breakpoint before the handler runs") {
  DebugGuest guest;
  guest.arm(0, TestGuest::kStack - 1, kWrite);
  const auto frame = guest.fault_of({0x0f, 0x0b});
  CHECK(frame.vector == kVectorDb);
  CHECK(frame.rip == SystemGuest::kHandlers + kVectorUd * 16);
}

}  // namespace
}  // namespace vireo
