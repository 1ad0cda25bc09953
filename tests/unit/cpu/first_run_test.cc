// The engine from end to end on a few instructions each.
#include <doctest/doctest.h>

#include "tests/unit/cpu/guest_harness.h"

namespace vireo {
namespace {

TEST_CASE("a loop runs the exact number of instructions asked for") {
  TestGuest guest;
  guest.cpu.regs[kRcx] = 1000;
  // 1: inc rax; dec rcx; jnz 1b; hlt
  guest.run({0x48, 0xff, 0xc0, 0x48, 0xff, 0xc9, 0x75, 0xf8, 0xf4}, 100);
  CHECK(guest.cpu.retired() == 100);
  CHECK(guest.cpu.regs[kRax] == 34);
  CHECK(guest.clock.instructions() == 100);
}

TEST_CASE("HLT ends the run after all that came before it") {
  TestGuest guest;
  guest.cpu.regs[kRcx] = 1000;
  const CpuExit exit =
      guest.run({0x48, 0xff, 0xc0, 0x48, 0xff, 0xc9, 0x75, 0xf8, 0xf4}, 1000000);
  CHECK(exit == CpuExit::kHalted);
  CHECK(guest.cpu.regs[kRax] == 1000);
  CHECK(guest.cpu.retired() == 3001);
}

TEST_CASE("a store into the running block takes effect on the next instruction") {
  TestGuest guest;
  // mov byte [rip+1], 0x07 ; mov al, 1 (immediate becomes 7) ; hlt
  guest.run({0xc6, 0x05, 0x01, 0x00, 0x00, 0x00, 0x07, 0xb0, 0x01, 0xf4}, 10);
  CHECK((guest.cpu.regs[kRax] & 0xff) == 7);
}

TEST_CASE("REP STOSB fills across pages and counts one part a page") {
  TestGuest guest;
  guest.cpu.regs[kRdi] = TestGuest::kData + 0xff0;
  guest.cpu.regs[kRcx] = 0x1020;
  guest.cpu.regs[kRax] = 0x5a;
  guest.run({0xf3, 0xaa, 0xf4}, 100);
  CHECK(guest.memory.read<uint8_t>(GuestAddr{TestGuest::kData + 0xff0}) == 0x5a);
  CHECK(guest.memory.read<uint8_t>(GuestAddr{TestGuest::kData + 0x200f}) == 0x5a);
  CHECK(guest.memory.read<uint8_t>(GuestAddr{TestGuest::kData + 0x2010}) == 0);
  CHECK(guest.cpu.regs[kRcx] == 0);
  CHECK(guest.cpu.retired() == 4);
}

TEST_CASE("an exception without a handler is a triple fault") {
  TestGuest guest;
  CHECK(guest.run({0x0f, 0x0b}, 10) == CpuExit::kTripleFault);
}

TEST_CASE("call and ret return to the instruction behind the call") {
  TestGuest guest;
  // call +2; jmp +3(hlt) ; inc rax ; ret ; hlt
  guest.run({0xe8, 0x02, 0x00, 0x00, 0x00, 0xeb, 0x04, 0x48, 0xff, 0xc0, 0xc3, 0xf4}, 10);
  CHECK(guest.cpu.regs[kRax] == 1);
  CHECK(guest.cpu.regs[kRsp] == TestGuest::kStack);
  CHECK(guest.cpu.halted);
}

}  // namespace
}  // namespace vireo
