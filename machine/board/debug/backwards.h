// A machine run backwards for its debugger: it goes back to a kept state and runs again from there.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "machine/base/result.h"
#include "machine/board/debug/debug_target.h"
#include "machine/board/instruction_alarms.h"
#include "machine/board/outside/time_travel.h"
#include "machine/board/run_control.h"

namespace vireo {

// A way back is begun by step() or run(), which let the machine go on, and is taken in several
// legs: whenever the machine has stopped, advance() sees what to do next. Everything is called
// between instructions, and not from an alarm.
class Backwards {
 public:
  Backwards(DebugTarget& target, TimeTravel& travel, InstructionAlarms& alarms, RunControl& run);

  // To the state before the last instruction that retired, of whichever processor.
  Result<void> step();
  // To the last stop before now: in front of a breakpoint's instruction, or of the one that touched
  // watched memory.
  Result<void> run();
  bool under_way() const { return leg_ != Leg::kNone; }

  struct Arrival {
    bool beginning = false;                 // nothing earlier is kept
    std::optional<DebugTarget::Stop> stop;  // why here
  };
  // The machine has stopped. Nothing: it goes on with the next leg.
  std::optional<Arrival> advance();
  // The machine stays where it happens to be.
  void give_up();

 private:
  // What the machine runs for: to the moment wanted; through a stretch whose stops are noted; or
  // to one of them again.
  enum class Leg : uint8_t { kNone, kTravel, kSearch, kReturn };
  Result<void> travel_to(uint64_t instructions, std::function<void()> arrived);
  Result<void> search_before(uint64_t end);
  Result<void> return_to_found();
  std::optional<Arrival> arrive(Arrival arrival);
  std::optional<Arrival> after(const Result<void>& begun);
  void run_leg(Leg leg);
  void leg_done();
  std::function<void()> end_of_new_leg();
  void see(const DebugTarget::Stop& stop);

  DebugTarget& target_;
  TimeTravel& travel_;
  InstructionAlarms& alarms_;
  RunControl& run_;
  Leg leg_ = Leg::kNone;
  // The present leg, for alarms to see that they are of an earlier one, or that all this is gone.
  struct Token {};
  std::shared_ptr<Token> token_;
  bool done_ = false;   // the leg
  uint64_t begin_ = 0;  // of the stretch that is searched
  uint64_t stops_ = 0;  // seen in it
  struct Found {
    DebugTarget::Stop stop;
    uint64_t instructions = 0, number = 0;  // when, and the how-manieth of its stretch
  };
  std::optional<Found> found_;
};

}  // namespace vireo
