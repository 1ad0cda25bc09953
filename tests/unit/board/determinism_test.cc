// The same command line gives the same run.
#include "tests/unit/board/machine_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

struct Outcome {
  RunResult result;
  uint64_t hash;
};

// A guest that looks at the clocks, computes on what it saw and is interrupted by a timer while it
// does so. A read of the ACPI timer takes time of its own, so there are fewer of them.
GuestCode curious_guest() {
  GuestCode guest;
  guest.interrupt_gate(0x40, GuestCode().out8(kDebugExit, 5).jump_here());
  guest.store32(0xfee003e0, 0xb).store32(0xfee00320, 0x40).store32(0xfee00380, 2'500'000);
  guest.sti();
  // again: rdtsc; add rbx, rax; inc ecx; test cl, cl; jnz again
  guest.bytes({0x0F, 0x31, 0x48, 0x01, 0xC3, 0xFF, 0xC1, 0x84, 0xC9, 0x75, 0xF5});
  // mov dx, 0x608; in eax, dx; add [0x200000], ebx; jmp again
  guest.bytes({0x66, 0xBA, 0x08, 0x06, 0xED, 0x01, 0x1C, 0x25, 0, 0, 0x20, 0, 0xEB, 0xE7});
  return guest;
}

Outcome run_once(const GuestCode& guest, unsigned shift = 0, uint64_t longest_wait = UINT64_MAX) {
  MachineBench bench(guest);
  bench.config.icount.shift = shift;
  bench.host.longest_wait_ns = longest_wait;
  Outcome outcome{bench.run(), 0};
  outcome.hash = bench.machine->state_hash();
  return outcome;
}

}  // namespace

TEST_CASE("two runs give the same instructions, time and state") {
  const Outcome first = run_once(curious_guest());
  const Outcome second = run_once(curious_guest());
  CHECK(first.result.exit_code == debug_exit_code(5));
  CHECK(first.result.instructions > 1'000'000);
  CHECK(first.result.instructions == second.result.instructions);
  CHECK(first.result.virtual_ns == second.result.virtual_ns);
  CHECK(first.hash == second.hash);
}

TEST_CASE("-icount shift= makes virtual time pass faster") {
  const Outcome fast = run_once(curious_guest());
  const Outcome slow = run_once(curious_guest(), 4);
  CHECK(slow.result.exit_code == debug_exit_code(5));
  CHECK(slow.result.instructions < fast.result.instructions / 8);
  CHECK(slow.result.virtual_ns >= 2'500'000);
  CHECK(slow.hash != fast.hash);
}

TEST_CASE("another guest gives another state") {
  const Outcome one = run_once(GuestCode().store32(0x200000, 1).out8(kDebugExit, 0));
  const Outcome other = run_once(GuestCode().store32(0x200000, 2).out8(kDebugExit, 0));
  CHECK(one.result.instructions == other.result.instructions);
  CHECK(one.hash != other.hash);
}
