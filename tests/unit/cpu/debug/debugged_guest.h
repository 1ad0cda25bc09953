// A test guest with a debugger, which notes each stop and goes on.
#pragma once

#include <span>
#include <vector>

#include "cpu/debug/debug_points.h"
#include "tests/unit/cpu/block/lockstep.h"

namespace vireo {

class DebuggedGuest : public SystemGuest {
 public:
  struct Seen {
    DebugStop::Kind kind;
    uint64_t address, rip, retired;
    bool operator==(const Seen&) const = default;
  };

  DebuggedGuest() {
    cpu.attach_debugger(&points, [this](const DebugStop& stop) {
      seen.push_back({stop.kind, stop.address, cpu.rip, cpu.retired()});
    });
    cpu.regs[kRbx] = TestGuest::kData;
    cpu.regs[kRsi] = TestGuest::kData + 0x1000;
    cpu.regs[kRdi] = TestGuest::kData + 0x2000;
  }

  void break_at(uint64_t linear) {
    points.add_breakpoint(linear);
    cpu.breakpoint_changed(linear);
  }
  void remove_break(uint64_t linear) {
    REQUIRE(points.remove_breakpoint(linear));
    cpu.breakpoint_changed(linear);
  }
  void watch(uint64_t linear, uint64_t size, DebugPoints::Watch kind) {
    points.add_watchpoint(linear, size, kind);
    cpu.watchpoints_changed();
  }

  // Runs until it halts for good (interrupts off) or shuts down.
  void run_on(uint64_t portion = 1000) {
    for (unsigned i = 0; i < 10000; ++i) {
      const CpuExit exit = cpu.run(portion);
      if (exit == CpuExit::kHalted || exit == CpuExit::kTripleFault) return;
    }
    FAIL("it did not halt");
  }
  void run_through(std::initializer_list<uint8_t> code, uint64_t portion = 1000) {
    load(std::span(code.begin(), code.size()));
    run_on(portion);
  }
  std::vector<uint64_t> places() const {
    std::vector<uint64_t> rips;
    for (const Seen& s : seen) rips.push_back(s.rip);
    return rips;
  }

  DebugPoints points;
  std::vector<Seen> seen;
};

}  // namespace vireo
