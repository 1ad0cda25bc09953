// Breakpoints and single steps of a debugger outside the machine.
#include <doctest/doctest.h>

#include "tests/unit/cpu/debug/debugged_guest.h"

namespace vireo {
namespace {

using Kind = DebugStop::Kind;
constexpr uint64_t kCode = TestGuest::kCode;
constexpr uint64_t kLoop = kCode + 5, kAdd = kCode + 8, kDec = kCode + 10, kEnd = kCode + 14;

// mov ecx, 5; loop: inc rax; add [rbx], eax; dec ecx; jnz loop; hlt
const std::initializer_list<uint8_t> kLoopCode = {0xb9, 5,    0,    0,    0,    0x48, 0xff, 0xc0,
                                                  0x01, 0x03, 0xff, 0xc9, 0x75, 0xf7, 0xf4};

TEST_CASE("a breakpoint stops in front of its instruction each time, once") {
  for (const uint64_t portion : {uint64_t{1}, uint64_t{2}, uint64_t{3}, uint64_t{1000}}) {
    CAPTURE(portion);
    DebuggedGuest guest;
    guest.break_at(kDec);
    guest.run_through(kLoopCode, portion);
    REQUIRE(guest.seen.size() == 5);
    for (uint64_t i = 0; i < 5; ++i) {
      CHECK(guest.seen[i] == DebuggedGuest::Seen{Kind::kBreakpoint, kDec, kDec, 3 + 4 * i});
    }
  }
}

TEST_CASE("stops do not change what a program does") {
  for (const Slices slices : {Slices{Slices::Kind::kBlocks, 0}, Slices{Slices::Kind::kAlone, 0},
                              Slices{Slices::Kind::kRandom, 7}}) {
    SystemGuest plain;
    plain.cpu.regs[kRbx] = TestGuest::kData;
    plain.cpu.regs[kRsi] = TestGuest::kData + 0x1000;
    plain.cpu.regs[kRdi] = TestGuest::kData + 0x2000;
    plain.run(kLoopCode, 1000);
    DebuggedGuest guest;
    guest.cpu.set_slices(slices);
    for (const uint64_t at : {kCode, kLoop, kAdd, kDec, kEnd}) guest.break_at(at);
    guest.watch(TestGuest::kData, 4, DebugPoints::Watch::kAccess);
    guest.run_through(kLoopCode);
    CHECK(guest.seen.size() == 2 + 3 * 5 + 5);
    CHECK(image_of(guest.cpu) == image_of(plain.cpu));
    CHECK(ram_of(guest) == ram_of(plain));
  }
}

TEST_CASE("breakpoints may come and go where code has been decoded and linked") {
  DebuggedGuest guest;
  guest.run_through(kLoopCode);
  CHECK(guest.seen.empty());
  const auto again = [&] {
    guest.seen.clear();
    guest.cpu.halted = false;
    guest.cpu.rip = kCode;
    guest.run_on();
  };
  guest.break_at(kAdd);
  again();
  CHECK(guest.seen.size() == 5);
  guest.remove_break(kAdd);
  again();
  CHECK(guest.seen.empty());
}

TEST_CASE("a breakpoint stays when other code is written over it") {
  DebuggedGuest guest;
  guest.break_at(kCode + 8);
  // mov word [rip + 2], 0x9090; jmp to what has been changed
  guest.break_at(kCode + 11);
  guest.run_through({0x66, 0xc7, 0x05, 2, 0, 0, 0, 0x90, 0x90, 0xeb, 0, 0xf4, 0xf4, 0xf4});
  CHECK(guest.memory.read<uint8_t>(GuestAddr{kCode + 11}) == 0x90);
  CHECK(guest.places() == std::vector<uint64_t>{kCode + 11});
}

TEST_CASE("the guest reads its own bytes where a breakpoint is") {
  DebuggedGuest guest;
  guest.break_at(kCode + 6);
  guest.run_through({0x8a, 0x05, 0, 0, 0, 0, 0xf4});  // mov al, [rip]: the HLT
  CHECK(guest.cpu.regs[kRax] == 0xf4);
  CHECK(guest.seen.size() == 1);
}

TEST_CASE("the same code at another linear address has no breakpoint") {
  DebuggedGuest guest;
  constexpr uint64_t kAlias = uint64_t{1} << 30;  // its first 2 MiB are those at 0
  guest.memory.write(GuestAddr{TestGuest::kPml4 + 0x3000}, uint64_t{0x87});
  guest.break_at(kAlias + kDec);
  guest.run_through(kLoopCode);
  CHECK(guest.seen.empty());
  guest.cpu.halted = false;
  guest.cpu.rip = kAlias + kCode;
  guest.run_on();
  CHECK(guest.seen.size() == 5);
}

TEST_CASE("a breakpoint at REP MOVS stops once, whatever the parts") {
  DebuggedGuest guest;
  guest.cpu.regs[kRcx] = 10000;
  guest.break_at(kCode);
  guest.run_through({0xf3, 0xa4, 0xf4}, 1);
  CHECK(guest.places() == std::vector<uint64_t>{kCode});
  CHECK(guest.cpu.regs[kRcx] == 0);
}

TEST_CASE("a breakpoint at an access to a device stops once") {
  DebuggedGuest guest;
  guest.break_at(kCode + 1);
  guest.cpu.regs[kRbx] = TestGuest::kRam + 0x1000;
  guest.run_through({0x90, 0x8b, 0x03, 0xf4});  // nop; mov eax, [rbx]
  CHECK(guest.places() == std::vector<uint64_t>{kCode + 1});
}

TEST_CASE("a breakpoint in 16-bit code goes by its linear address") {
  DebuggedGuest guest;
  guest.cpu.reset();
  guest.cpu.segs[kCs] = Segment{0x1000, 0x9b, 0xffff, 0x10000};
  guest.cpu.rip = 0x20;
  guest.cpu.mode_changed();
  const uint8_t code[] = {0x90, 0x40, 0xf4};  // nop; inc ax; hlt
  guest.memory.write_bytes(GuestAddr{0x10020}, std::as_bytes(std::span(code)));
  guest.break_at(0x10021);
  guest.break_at(0x22);
  guest.run_on();
  CHECK(guest.places() == std::vector<uint64_t>{0x21});
}

TEST_CASE("a step is one instruction that retires, and TF is not touched") {
  DebuggedGuest guest;
  guest.load(std::vector<uint8_t>{0x90, 0x9c, 0x58, 0xf4});  // nop; pushf; pop rax; hlt
  guest.cpu.step_for_debugger(true);
  guest.cpu.run(1000);
  guest.cpu.run(1000);
  guest.cpu.run(1000);
  CHECK(guest.places() == std::vector<uint64_t>{kCode + 1, kCode + 2, kCode + 3});
  CHECK((guest.cpu.regs[kRax] & kFlagTf) == 0);
  guest.cpu.step_for_debugger(false);
  CHECK(guest.cpu.run(1000) == CpuExit::kHalted);
  CHECK(guest.seen.size() == 3);
}

TEST_CASE("a step onto HLT tells both: it is done, and the processor halts") {
  DebuggedGuest guest;
  guest.load(std::vector<uint8_t>{0xf4});
  guest.cpu.step_for_debugger(true);
  CHECK(guest.cpu.run(1000) == CpuExit::kHalted);
  CHECK(guest.seen.size() == 1);
}

TEST_CASE("a step over a fault goes to the second instruction of the handler") {
  DebuggedGuest guest;
  install_handler(guest, kVectorUd, kCode + 0x100, {0x90, 0x90, 0xf4});
  guest.load(std::vector<uint8_t>{0x0f, 0x0b});  // ud2
  guest.cpu.step_for_debugger(true);
  guest.cpu.run(1000);
  CHECK(guest.places() == std::vector<uint64_t>{kCode + 0x101});
  CHECK(guest.cpu.retired() == 1);
}

TEST_CASE("a guest's own breakpoint at the same place is its own business") {
  DebuggedGuest guest;
  guest.cpu.dr[0] = kCode + 1;
  guest.cpu.dr[7] |= 1;
  guest.cpu.debug_registers_changed();
  guest.break_at(kCode + 1);
  guest.load(std::vector<uint8_t>{0x90, 0x90, 0xf4});
  guest.run_on();
  CHECK(guest.frame().vector == kVectorDb);
  CHECK(guest.seen.empty());  // the handler halts before the instruction is reached
}

}  // namespace
}  // namespace vireo
