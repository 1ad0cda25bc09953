// Interrupts reach a halted processor on every path, at exact virtual times.
#include "tests/unit/board/machine_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

constexpr unsigned kVector = 0x40;

// Both 8259s at vectors 0x40 and 0x48, all masked except IRQ 0.
void start_pic(GuestCode& guest) {
  guest.out8(0x20, 0x11).out8(0x21, kVector).out8(0x21, 0x04).out8(0x21, 0x01);
  guest.out8(0x21, 0xfe);
}

// Counter 0 in mode 2, 11932 ticks: 10 ms. Mode 2 raises the output at once: an
// edge, which the 8259's initialisation forgets.
void start_pit(GuestCode& guest) {
  guest.out8(0x43, 0x34).out8(0x40, 11932 & 0xff).out8(0x40, 11932 >> 8);
}

GuestCode with_handler() {
  return std::move(
      GuestCode().interrupt_gate(kVector, GuestCode().out8(kDebugExit, 5).jump_here()));
}

constexpr uint64_t kMs = 1'000'000;

}  // namespace

TEST_CASE("the PIT wakes a halted processor through the 8259 and LINT0") {
  GuestCode guest = with_handler();
  start_pit(guest);
  start_pic(guest);
  MachineBench bench(guest.sti().halt_for_ever());
  const RunResult result = bench.run();
  CHECK(result.exit_code == debug_exit_code(5));
  CHECK(result.virtual_ns >= 10 * kMs);
  CHECK(result.virtual_ns < 10 * kMs + 10'000);
  // The time passed without instructions.
  CHECK(result.instructions < 200);
}

TEST_CASE("the PIT wakes a halted processor through I/O APIC input 2") {
  GuestCode guest = with_handler();
  start_pit(guest);
  guest.store32(0xfec00000, 0x10 + 2 * 2).store32(0xfec00010, kVector);
  MachineBench bench(guest.sti().halt_for_ever());
  const RunResult result = bench.run();
  CHECK(result.exit_code == debug_exit_code(5));
  CHECK(result.virtual_ns >= 10 * kMs);
}

TEST_CASE("the local APIC timer wakes a halted processor") {
  GuestCode guest = with_handler();
  guest.store32(0xfee000f0, 0x1ff).store32(0xfee003e0, 0xb).store32(0xfee00320, kVector);
  guest.store32(0xfee00380, 3 * kMs);
  MachineBench bench(guest.sti().halt_for_ever());
  const RunResult result = bench.run();
  CHECK(result.exit_code == debug_exit_code(5));
  CHECK(result.virtual_ns >= 3 * kMs);
  CHECK(result.virtual_ns < 3 * kMs + 1000);
}

TEST_CASE("a timer interrupts a busy processor at the exact instruction") {
  GuestCode guest = with_handler();
  guest.store32(0xfee003e0, 0xb).store32(0xfee00320, kVector).store32(0xfee00380, 100'000);
  MachineBench bench(guest.sti().jump_here());
  const RunResult first = bench.run();
  CHECK(first.exit_code == debug_exit_code(5));
  // The count starts with the store that loads it, the sixth instruction; the
  // handler's OUT is its third.
  CHECK(first.instructions >= 100'000 + 5);
  CHECK(first.instructions <= 100'000 + 12);
}

TEST_CASE("a self interprocessor interrupt is taken at the next instruction") {
  GuestCode guest = with_handler();
  guest.sti().bytes({0x90}).store32(0xfee00300, 1u << 18 | 1u << 14 | kVector);
  MachineBench bench(guest.out8(kDebugExit, 9));
  CHECK(bench.run().exit_code == debug_exit_code(5));
}

TEST_CASE("the local APIC's window goes where the guest puts it") {
  GuestCode guest;
  // wrmsr 0x1b: base 0xfed80000, enabled, boot processor
  guest.bytes({0xB9, 0x1b, 0, 0, 0, 0xB8, 0x00, 0x09, 0xd8, 0xfe, 0x31, 0xD2, 0x0F, 0x30});
  MachineBench bench(guest.load32(0xfed80030).append(exit_with_al()));
  CHECK(bench.run().exit_code == debug_exit_code(0x14));  // the version
}

TEST_CASE("an x87 error with CR0.NE clear comes as interrupt 13, and port 0xf0 lets it pass") {
  constexpr unsigned kCoprocessorVector = 0x70 + 5;
  constexpr uint64_t kControlWord = 0x300000, kMark = 0x300010;
  GuestCode handler;
  handler.store32(kMark, 7).out8(0xf0, 0);
  handler.out8(0xa0, 0x20).out8(0x20, 0x20).bytes({0x48, 0xCF});  // iretq
  GuestCode guest = std::move(GuestCode().interrupt_gate(kCoprocessorVector, handler));
  guest.out8(0xa1, 0xdf);
  // mov rax, cr0; and eax, ~NE; mov cr0, rax
  guest.bytes({0x0F, 0x20, 0xC0, 0x83, 0xE0, 0xDF, 0x0F, 0x22, 0xC0});
  // fninit; fldcw [rbx]; fldz; fld1; fdiv st, st(1); sti; fwait
  guest.store32(kControlWord, 0x37b).bytes({0xDB, 0xE3, 0xD9, 0x2B, 0xD9, 0xEE, 0xD9, 0xE8});
  guest.bytes({0xD8, 0xF1, 0xFB, 0x9B}).load32(kMark).out_al(kDebugExit).jump_here();
  MachineBench bench(guest);
  CHECK(bench.run().exit_code == debug_exit_code(7));
}
