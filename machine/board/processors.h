// The processors of the machine and whose turn it is: they run one after the
// other, so that a run with many is as repeatable as with one.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "machine/board/processor.h"

namespace vireo {

// One processor runs at a time, for a turn of at most kTurn instructions; then
// the next one, in order of numbers, that has something to do. The instructions
// of all of them advance the one virtual clock: together they are as fast as a
// single processor, and their time-stamp counters agree.
//
// A turn ends early when its processor halts or waits in a loop with PAUSE. When
// something happens to a processor whose turn it is not, no turn until its own
// is longer than kShortTurn, so that it hears of it soon. All of this depends on
// the state of the machine alone, at exact instruction counts.
class Processors {
 public:
  static constexpr uint64_t kTurn = 20'000;
  static constexpr uint64_t kShortTurn = 1'000;

  // As many as the topology has. `wiring.stirred` is filled in here; the seeds of
  // the processors' generators differ.
  Processors(const CpuModel& model, const CpuTopology& topology, ProcessorWiring wiring,
             uint64_t seed);

  // All in their power-on states, and the boot processor's turn.
  void reset();

  // Runs the processors for at most `most` instructions (never fewer than 1), or
  // until something else ends the turn of one. kHalted: none has anything to do.
  // kTripleFault: the current one shut down.
  CpuExit run(uint64_t most);
  // The one that runs stops at the next instruction boundary.
  void stop() { current().cpu().request_exit(); }
  // Their A20M# inputs are one wire.
  void set_a20(bool open);
  // So are their IGNNE# inputs. FERR# is the boot processor's.
  void ignore_x87_error();
  // Nothing can set any of them going again.
  bool dead() const;

  Processor& boot() { return *all_.front(); }
  // Whose turn it is, or was last.
  Processor& current() { return *all_[current_]; }
  size_t size() const { return all_.size(); }
  Processor& at(size_t index) { return *all_[index]; }

  // The state of every processor, and of the turns.
  void visit(Archive& archive);
  // Once the APICs are loaded, too.
  void after_load();

 private:
  bool others_awake() const;
  bool next_turn();
  CpuExit run_current(uint64_t most, bool company);
  void stirred(unsigned index);

  VirtualClock& clock_;
  std::vector<std::unique_ptr<Processor>> all_;
  uint32_t current_ = 0;
  uint64_t left_ = kTurn;  // instructions of the current turn; unused while alone
  uint64_t stirred_ = 0;   // a bit for each that should have its turn soon
};

}  // namespace vireo
