// The machine as a debugger on the host sees it: processors, registers, memory, stops and steps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cpu/debug/debug_points.h"
#include "machine/board/core.h"
#include "machine/board/debug/debug_registers.h"
#include "machine/board/processors.h"
#include "machine/board/run_control.h"

namespace vireo {

// One debugger at a time, which calls everything between instructions. What it only looks at does
// not change the run: the same instructions retire at the same counts, with stops in between.
// Costs nothing while nobody is attached.
class DebugTarget {
 public:
  DebugTarget(MachineCore& core, Processors& processors, RunControl& run);

  void attach();
  // All breakpoints and watchpoints go, a step under way is forgotten. The machine goes on or
  // stays stopped as it was.
  void detach();
  bool attached() const { return attached_; }

  size_t cpus() const { return processors_.size(); }
  // The processor whose turn it is, or was last.
  size_t current_cpu() const { return processors_.current().index(); }
  // Of the whole machine.
  uint64_t instructions() const { return core_.clock.instructions(); }
  // "running", "halted".
  std::string state_of(size_t cpu) const;

  std::span<const DebugRegister> registers() const;
  RegisterValue read_register(size_t cpu, size_t number) const;
  // False when the processor does not take the value.
  bool write_register(size_t cpu, size_t number, const RegisterValue& value);

  // RAM only: device registers, which notice being read, are an error. Virtual addresses are the
  // processor's linear ones, without regard to privilege; physical ones where it does not page.
  // Returns how many bytes from the first on there are. A write is of all or none.
  size_t read_virtual(size_t cpu, uint64_t address, std::span<std::byte> out) const;
  size_t read_physical(uint64_t address, std::span<std::byte> out) const;
  bool write_virtual(size_t cpu, uint64_t address, std::span<const std::byte> in);
  bool write_physical(uint64_t address, std::span<const std::byte> in);

  void add_breakpoint(uint64_t linear);
  bool remove_breakpoint(uint64_t linear);
  void add_watchpoint(uint64_t linear, uint64_t size, DebugPoints::Watch watch);
  bool remove_watchpoint(uint64_t linear, uint64_t size, DebugPoints::Watch watch);

  // A stop that is not a step's inner affair; the machine is then stopped (RunControl).
  struct Stop {
    size_t cpu = 0;
    DebugStop what;
  };
  std::optional<Stop> take_stop();

  // Lets the machine go on.
  void go_on();
  // The same until `cpu` has retired one instruction; the others have their turns as ever. An
  // interrupt that comes first is served to its end, without a stop but for breakpoints in it,
  // unless `into_interrupts`: then the step ends in its handler.
  void step(size_t cpu, bool into_interrupts);

  // While there is one, stops are told to it alone, and the machine goes on.
  void set_observer(std::function<void(const Stop&)> observer) { observer_ = std::move(observer); }

  // Something was changed that an unwatched run would not have done.
  void set_on_change(std::function<void()> changed) { on_change_ = std::move(changed); }

 private:
  // A step under way, and what was to be executed when it began.
  struct Step {
    size_t cpu = 0;
    bool into_interrupts = false;
    bool serving = false;  // an interrupt has come in between
    uint64_t linear = 0, stack = 0, interrupts = 0;
  };
  Cpu& cpu(size_t index) const { return processors_.at(index).cpu(); }
  void came_to_stop(size_t index, const DebugStop& stop);
  bool step_goes_on(size_t index, const DebugStop& stop);
  void begin_step();
  void end_step();
  void serve_interrupt();
  void place_breakpoint(uint64_t linear, bool there);
  void tell_watchpoints();
  void changed();
  template <typename Access>
  size_t each_page(size_t cpu, uint64_t address, size_t size, const Access& access) const;

  MachineCore& core_;
  Processors& processors_;
  RunControl& run_;
  bool attached_ = false;
  DebugPoints points_;
  std::vector<uint64_t> breakpoints_;  // the debugger's own; a step may have one more
  std::optional<Step> step_;
  std::optional<Stop> stop_;
  std::function<void()> on_change_;
  std::function<void(const Stop&)> observer_;
};

}  // namespace vireo
