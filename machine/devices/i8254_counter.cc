#include "machine/devices/i8254_counter.h"

namespace vireo {
namespace {

constexpr uint8_t kLowByte = 1;
constexpr uint8_t kHighByte = 2;
constexpr uint8_t kBothBytes = 3;

// Past any tick that virtual time can reach.
constexpr int64_t kLatest = int64_t{1} << 62;

uint8_t byte_of(uint16_t value, bool high) {
  return static_cast<uint8_t>(high ? value >> 8 : value);
}

// Mode 3: the output is high for the longer half of an odd period.
uint32_t high_ticks(uint32_t period) { return (period + 1) / 2; }

}  // namespace

void I8254Counter::reset(bool gate) {
  *this = I8254Counter();
  gate_ = gate;
}

void I8254Counter::visit(Archive& archive) {
  archive.io(mode_);
  archive.io(access_);
  archive.io(bcd_);
  archive.io(gate_);
  archive.io(count_register_);
  archive.io(has_count_);
  archive.io(null_count_);
  archive.io(write_high_next_);
  archive.io(read_high_next_);
  archive.io(loaded_);
  archive.io(running_);
  archive.io(period_);
  archive.io(start_tick_);
  archive.io(held_);
  archive.io(reload_tick_);
  archive.io(count_latched_);
  archive.io(latched_count_);
  archive.io(status_latched_);
  archive.io(latched_status_);
  const bool sound = mode_ <= 5 && access_ >= kLowByte && access_ <= kBothBytes && period_ >= 1 &&
                     period_ <= 0x10000 && start_tick_ <= kLatest && start_tick_ >= -kLatest;
  if (!sound) {
    archive.fail();
    reset(true);
  }
}

// --- Counts -----------------------------------------------------------------

uint32_t I8254Counter::decoded(uint16_t raw) const {
  uint32_t count = raw;
  if (bcd_) {
    count = ((raw >> 12) * 1000u + (raw >> 8 & 15) * 100u + (raw >> 4 & 15) * 10u + (raw & 15)) %
            modulus();
  }
  return count == 0 ? modulus() : count;
}

uint16_t I8254Counter::encoded(uint32_t count) const {
  count %= modulus();
  if (!bcd_) return static_cast<uint16_t>(count);
  return static_cast<uint16_t>((count / 1000) << 12 | (count / 100 % 10) << 8 |
                               (count / 10 % 10) << 4 | count % 10);
}

// Ticks since the count was loaded; the loading itself takes one CLK pulse.
uint64_t I8254Counter::elapsed(uint64_t tick) const {
  if (!running_) return held_;
  const int64_t since = static_cast<int64_t>(tick) - start_tick_;
  return since > 0 ? static_cast<uint64_t>(since) : 0;
}

void I8254Counter::load(uint64_t at_tick) {
  period_ = decoded(count_register_);
  start_tick_ = static_cast<int64_t>(at_tick);
  held_ = 0;
  loaded_ = true;
  null_count_ = false;
}

// When the cycle (mode 2) or half cycle (mode 3) that `tick` lies in ends.
uint64_t I8254Counter::cycle_end(uint64_t tick) const {
  const uint64_t phase = elapsed(tick) % period_;
  const uint64_t high = high_ticks(period_);
  const uint64_t length = mode_ == 3 && phase < high ? high : period_;
  const uint64_t base = static_cast<uint64_t>(start_tick_ + static_cast<int64_t>(elapsed(tick)));
  return base - phase + length;
}

// A periodic counter takes a new count at the end of its cycle; in mode 3 that
// may be in the middle, and the low half comes next.
void I8254Counter::reload_periodic() {
  const uint64_t phase = elapsed(reload_tick_) % period_;
  const bool low_half_next = mode_ == 3 && phase != 0;
  load(reload_tick_);
  if (low_half_next) start_tick_ -= static_cast<int64_t>(high_ticks(period_));
}

// Brings the counting element up to date with a count that waits for its cycle.
void I8254Counter::settle(uint64_t tick) {
  if (periodic() && loaded_ && running_ && null_count_ && tick >= reload_tick_) reload_periodic();
}

void I8254Counter::count_written(uint64_t tick) {
  has_count_ = true;
  null_count_ = true;
  if (triggered_by_gate()) return;
  if (periodic() && loaded_) {
    if (running_) reload_tick_ = cycle_end(tick);
    return;  // while the gate is low: its rising edge loads
  }
  load(tick + 1);
  running_ = gate_;
}

uint32_t I8254Counter::current(uint64_t tick) const {
  if (!loaded_) return 0;
  const uint64_t ticks = elapsed(tick);
  if (mode_ == 2) return static_cast<uint32_t>(period_ - ticks % period_);
  if (mode_ == 3) {
    // Counts by two, from an even value, once for each half.
    const uint64_t phase = ticks % period_;
    const uint64_t high = high_ticks(period_);
    return static_cast<uint32_t>((period_ & ~1u) - 2 * (phase < high ? phase : phase - high));
  }
  return static_cast<uint32_t>((period_ + modulus() - ticks % modulus()) % modulus());
}

// --- Control ------------------------------------------------------------------

void I8254Counter::control(uint8_t word, uint64_t tick) {
  const uint8_t access = (word >> 4) & 3;
  if (access == 0) return latch_count(tick);
  const bool gate = gate_;
  const uint16_t count = count_register_;
  reset(gate);
  count_register_ = count;
  access_ = access;
  mode_ = (word >> 1) & 7;
  if (mode_ > 5) mode_ &= 3;  // bit 2 does not matter for modes 2 and 3
  bcd_ = (word & 1) != 0;
}

void I8254Counter::latch_count(uint64_t tick) {
  settle(tick);
  if (count_latched_) return;
  latched_count_ = encoded(current(tick));
  count_latched_ = true;
}

void I8254Counter::latch_status(uint64_t tick) {
  settle(tick);
  if (status_latched_) return;
  latched_status_ = static_cast<uint8_t>(level(tick) << 7 | null_count_ << 6 | access_ << 4 |
                                         mode_ << 1 | (bcd_ ? 1 : 0));
  status_latched_ = true;
}

uint8_t I8254Counter::live_or_latched(uint64_t tick, bool high, bool last) {
  const uint16_t value = count_latched_ ? latched_count_ : encoded(current(tick));
  if (last) count_latched_ = false;
  return byte_of(value, high);
}

uint8_t I8254Counter::read(uint64_t tick) {
  settle(tick);
  if (status_latched_) {
    status_latched_ = false;
    return latched_status_;
  }
  if (access_ != kBothBytes) return live_or_latched(tick, access_ == kHighByte, true);
  const bool high = read_high_next_;
  read_high_next_ = !high;
  return live_or_latched(tick, high, high);
}

void I8254Counter::write(uint8_t value, uint64_t tick) {
  settle(tick);
  if (access_ == kBothBytes && !write_high_next_) {
    write_high_next_ = true;
    count_register_ = static_cast<uint16_t>((count_register_ & 0xff00) | value);
    // Mode 0: the first byte stops the counter and takes the output low.
    if (mode_ == 0) loaded_ = running_ = false;
    return;
  }
  if (access_ == kBothBytes) {
    count_register_ = static_cast<uint16_t>((count_register_ & 0xff) | value << 8);
  } else {
    count_register_ = static_cast<uint16_t>(access_ == kHighByte ? value << 8 : value);
  }
  write_high_next_ = false;
  count_written(tick);
}

// --- Gate and output -------------------------------------------------------------

void I8254Counter::set_gate(bool level, uint64_t tick) {
  settle(tick);
  if (level == gate_) return;
  gate_ = level;
  if (!level) {
    if (triggered_by_gate()) return;
    held_ = elapsed(tick);
    running_ = false;
  } else if (triggered_by_gate() || periodic()) {
    if (!has_count_) return;
    load(tick + 1);
    running_ = true;
  } else if (loaded_) {
    start_tick_ = static_cast<int64_t>(tick) - static_cast<int64_t>(held_);
    running_ = true;
  }
}

bool I8254Counter::level(uint64_t tick) const {
  if (!loaded_) return mode_ != 0;
  const uint64_t ticks = elapsed(tick);
  switch (mode_) {
    case 0:
    case 1:
      return ticks >= period_;
    case 2:
      return !gate_ || ticks % period_ != period_ - 1;
    case 3:
      return !gate_ || ticks % period_ < high_ticks(period_);
    default:  // 4 and 5: a strobe of one tick
      return ticks != period_;
  }
}

bool I8254Counter::output(uint64_t tick) {
  settle(tick);
  return level(tick);
}

std::optional<uint64_t> I8254Counter::next_change(uint64_t tick) {
  settle(tick);
  if (!loaded_ || !running_) return std::nullopt;
  const uint64_t ticks = elapsed(tick);
  const uint64_t start = static_cast<uint64_t>(start_tick_);
  if (periodic()) {
    if (period_ == 1) return std::nullopt;  // illegal in these modes: stands still
    const uint64_t phase = ticks % period_;
    const uint64_t edge = mode_ == 2 ? period_ - 1 : high_ticks(period_);
    return start + ticks - phase + (phase < edge ? edge : period_);
  }
  if (ticks < period_) return start + period_;
  if (mode_ >= 4 && ticks == period_) return start + period_ + 1;
  return std::nullopt;
}

}  // namespace vireo
