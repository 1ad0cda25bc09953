// One of the three counters of an Intel 8254 interval timer.
#pragma once

#include <cstdint>
#include <optional>

#include "machine/base/archive.h"

namespace vireo {

// Pure arithmetic on CLK ticks: nothing happens between calls, the state at a
// tick is computed when asked for. Ticks never go back from call to call.
// All six modes, latches, read-back, BCD and gate as in the datasheet.
class I8254Counter {
 public:
  // Power-on: the datasheet leaves it undefined; here mode 0, not counting,
  // output low, with the given gate level.
  void reset(bool gate);
  void visit(Archive& archive);

  // A control word with this counter's number: access, mode and BCD in bits
  // 5:0; access 0 is the counter latch command.
  void control(uint8_t word, uint64_t tick);
  // The two halves of a read-back command.
  void latch_count(uint64_t tick);
  void latch_status(uint64_t tick);

  uint8_t read(uint64_t tick);
  void write(uint8_t value, uint64_t tick);

  void set_gate(bool level, uint64_t tick);
  bool gate() const { return gate_; }

  bool output(uint64_t tick);
  // The next tick after `tick` at which the output may change, if the counter
  // runs and it ever does.
  std::optional<uint64_t> next_change(uint64_t tick);

 private:
  bool periodic() const { return mode_ == 2 || mode_ == 3; }
  bool triggered_by_gate() const { return mode_ == 1 || mode_ == 5; }
  uint32_t modulus() const { return bcd_ ? 10000 : 0x10000; }
  uint32_t decoded(uint16_t raw) const;
  uint16_t encoded(uint32_t count) const;

  void settle(uint64_t tick);
  uint64_t elapsed(uint64_t tick) const;
  void load(uint64_t at_tick);
  void reload_periodic();
  void count_written(uint64_t tick);
  uint64_t cycle_end(uint64_t tick) const;
  uint32_t current(uint64_t tick) const;
  bool level(uint64_t tick) const;
  uint8_t live_or_latched(uint64_t tick, bool high, bool last);

  uint8_t mode_ = 0;
  uint8_t access_ = 3;  // 1 low byte, 2 high byte, 3 low then high
  bool bcd_ = false;
  bool gate_ = true;

  uint16_t count_register_ = 0;  // as written, BCD or binary
  bool has_count_ = false;       // written since the last control word
  bool null_count_ = true;       // ... but not in the counting element yet
  bool write_high_next_ = false;
  bool read_high_next_ = false;

  bool loaded_ = false;   // the counting element holds a count
  bool running_ = false;  // it counts; otherwise it is held at held_
  uint32_t period_ = 0x10000;
  int64_t start_tick_ = 0;    // when the current sequence began
  uint64_t held_ = 0;         // elapsed ticks while not running
  uint64_t reload_tick_ = 0;  // when a periodic counter takes its new count

  bool count_latched_ = false;
  uint16_t latched_count_ = 0;
  bool status_latched_ = false;
  uint8_t latched_status_ = 0;
};

}  // namespace vireo
