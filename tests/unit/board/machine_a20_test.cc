// The two switches of the A20 gate, as a guest sees them.
#include "tests/unit/board/machine_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

constexpr uint64_t kEven = 0x400000, kOdd = 0x500000, kRoutine = 0x600000;

// Tells whether kOdd is kEven: al is 1 then.
void compare(GuestCode& guest) {
  guest.load32(kEven).mov_ecx_eax().load32(kOdd).cmp_eax_ecx().al_if_equal();
}

// The routine runs where a closed gate does not move it.
GuestCode away_from_odd_megabytes(const GuestCode& routine) {
  GuestCode guest;
  guest.store32(kEven, 1).store32(kOdd, 2);
  // call over the routine; pop rsi; mov edi, kRoutine; mov ecx, size; rep movsb; jmp
  const auto size = static_cast<unsigned>(routine.here() - GuestCode::kBase);
  guest.bytes({0xE8, size & 0xff, size >> 8, 0, 0}).append(routine);
  guest.bytes({0x5E, 0xBF, 0, 0, kRoutine >> 16, 0, 0xB9, size & 0xff, size >> 8, 0, 0});
  return std::move(guest.bytes({0xF3, 0xA4, 0xB8, 0, 0, kRoutine >> 16, 0, 0xFF, 0xE0}));
}

constexpr uint16_t kPortA = 0x92, kKeyboard = 0x64;
constexpr uint8_t kClose = 0xdd, kOpen = 0xdf;

int result_of(GuestCode& routine) {
  compare(routine);
  routine.out_al(kDebugExit);
  MachineBench bench(away_from_odd_megabytes(routine));
  return bench.run().exit_code;
}

}  // namespace

TEST_CASE("A20 is open at the start") {
  GuestCode routine;
  CHECK(result_of(routine) == debug_exit_code(0));
}

TEST_CASE("one switch alone does not close A20") {
  GuestCode port_a, keyboard;
  CHECK(result_of(port_a.out8(kPortA, 0)) == debug_exit_code(0));
  CHECK(result_of(keyboard.out8(kKeyboard, kClose)) == debug_exit_code(0));
}

TEST_CASE("both switches close A20, and either opens it again") {
  GuestCode closed, by_port_a, by_keyboard;
  closed.out8(kPortA, 0).out8(kKeyboard, kClose);
  by_port_a.append(closed).out8(kPortA, 2);
  by_keyboard.append(closed).out8(kKeyboard, kOpen);
  CHECK(result_of(closed) == debug_exit_code(1));
  CHECK(result_of(by_port_a) == debug_exit_code(0));
  CHECK(result_of(by_keyboard) == debug_exit_code(0));
}
