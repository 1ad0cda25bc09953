// A handler that faults at its first instruction retires nothing for ever; the
// machine around it goes on.
#include "tests/unit/cpu/block/lockstep.h"

namespace vireo {
namespace {

// #UD whose handler, on a stack that starts anew each time, is UD2 as well.
void prepare(SystemGuest& guest) {
  install_handler(guest, kVectorUd, 0x140000, {0x0f, 0x0b}, 1);
}

TEST_CASE("a guest that faults for ever lets its run end, and time pass") {
  SystemGuest guest;
  prepare(guest);
  CHECK(guest.run({0x90, 0x0f, 0x0b}, 1000) == CpuExit::kRequest);
  CHECK(guest.cpu.stalled());
  CHECK(guest.cpu.retired() == 1);
  CHECK(guest.clock.now_ns() == 1 + Cpu::kStallNs);
  CHECK(guest.cpu.run(1000) == CpuExit::kRequest);
  CHECK(guest.clock.now_ns() == 1 + 2 * Cpu::kStallNs);
}

TEST_CASE("a stall comes after the same number of exceptions however the run was cut") {
  SystemGuest guest;
  prepare(guest);
  CHECK(guest.run({0x90, 0x0f, 0x0b}, 1) == CpuExit::kBudget);
  CHECK(guest.cpu.run(0) == CpuExit::kBudget);
  CHECK(guest.cpu.run(1000) == CpuExit::kRequest);
  CHECK(guest.cpu.stats().exceptions == Cpu::kStallDeliveries);
}

TEST_CASE("handlers that return are no stall") {
  SystemGuest guest;
  // add dword [rsp], 2; iretq
  install_handler(guest, kVectorUd, 0x140000, {0x83, 0x04, 0x24, 0x02, 0x48, 0xcf}, 1);
  std::vector<uint8_t> code;
  for (unsigned i = 0; i < 200; ++i) code.insert(code.end(), {0x0f, 0x0b});
  CHECK(guest.run(code, 400) == CpuExit::kBudget);
  CHECK(guest.clock.now_ns() == 400);
}

}  // namespace
}  // namespace vireo
