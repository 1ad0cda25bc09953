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
