// Going back in time: states kept every so many instructions, and running again from one of them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "machine/base/result.h"
#include "machine/base/virtual_clock.h"
#include "machine/board/instruction_alarms.h"
#include "machine/board/outside/outside.h"
#include "machine/board/outside/undo_disk.h"
#include "machine/board/snapshot/snapshots.h"

namespace vireo {

struct TimeTravelWiring {
  const VirtualClock& clock;
  InstructionAlarms& alarms;
  Snapshots& snapshots;
  Outside& outside;
  std::function<std::vector<UndoDisk*>()> disks;
};

struct TimeTravelOptions {
  uint64_t every = 200'000'000;             // instructions between two states
  uint64_t most_bytes = uint64_t{1} << 30;  // of all states; the oldest go first
  uint64_t most_states = UINT64_MAX;        // likewise; 1 or more
};

// Costs nothing before enable(). From then on it keeps states, what came from outside, and what
// the guest's writes to disks replaced, and so can have the machine be again as it was after any
// number of instructions since. Running again gives the same, and is silent: what was printed
// then is not printed a second time. Folders that are shared with the guest are not put back.
//
// Everything is called between two instructions.
class TimeTravel {
 public:
  explicit TimeTravel(TimeTravelWiring wiring);

  // Keeps the first state now.
  void enable(const TimeTravelOptions& options);
  bool enabled() const { return enabled_; }

  // The first moment that can be gone back to, in instructions since power-on.
  uint64_t earliest() const;
  // Those at which a state is kept, in rising order: going there takes no running.
  std::vector<uint64_t> moments() const;

  // The machine is at once as it was at the last kept state not after so many instructions.
  // Alarms that are set stay. Fails, changing nothing, before earliest() or when devices came or
  // went since.
  Result<void> go_back(uint64_t instructions);

  // go_back(), and once the machine has run again to exactly that many, `arrived` is called, as
  // an alarm. Whoever calls this lets the machine run, and stops it there.
  Result<void> go_to(uint64_t instructions, std::function<void()> arrived);

  // The machine has become another by a load: there is nothing to go back to.
  void begin_again();

  // Somebody changes the machine by hand: what was kept of later times is not its future now.
  // Nothing before enable().
  void forget_future();

 private:
  struct Kept {
    MachineState state;
    Outside::Mark outside;
    std::vector<uint64_t> disks;
    uint64_t bytes = 0;  // that the state before does not share
  };
  void keep();
  void keep_and_go_on();
  void drop_oldest();
  uint64_t bytes() const;
  size_t find(uint64_t instructions) const;

  TimeTravelWiring wiring_;
  TimeTravelOptions options_;
  bool enabled_ = false;
  unsigned row_ = 0;  // of alarms: the last one that was set counts
  std::vector<Kept> kept_;  // in the order of time
};

}  // namespace vireo
