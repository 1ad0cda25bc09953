#include "machine/devices/hpet.h"

#include <algorithm>
#include <bit>
#include <string>

namespace vireo {
namespace {

// Indices of the 64-bit registers.
constexpr uint64_t kCapabilities = 0x000 / 8;
constexpr uint64_t kConfiguration = 0x010 / 8;
constexpr uint64_t kStatus = 0x020 / 8;
constexpr uint64_t kCounter = 0x0f0 / 8;
constexpr uint64_t kTimer0 = 0x100 / 8;
constexpr uint64_t kTimerStride = 0x20 / 8;

// General capabilities: vendor, legacy replacement, 64-bit counter, revision.
constexpr uint64_t kVendor = uint64_t{0x8086} << 16;
constexpr uint64_t kLegacyCapable = 1u << 15;
constexpr uint64_t kCounter64 = 1u << 13;
constexpr uint64_t kRevision = 1;

// Timer configuration.
constexpr uint64_t kLevelType = 1u << 1;
constexpr uint64_t kInterruptEnable = 1u << 2;
constexpr uint64_t kPeriodicType = 1u << 3;
constexpr uint64_t kPeriodicCapable = 1u << 4;
constexpr uint64_t kSize64 = 1u << 5;
constexpr uint64_t kSetValue = 1u << 6;
constexpr uint64_t kMode32 = 1u << 8;
constexpr unsigned kRouteShift = 9;
constexpr uint64_t kRoute = uint64_t{0x1f} << kRouteShift;
constexpr uint64_t kWritable =
    kLevelType | kInterruptEnable | kPeriodicType | kSetValue | kMode32 | kRoute;

constexpr uint64_t kFemtosecondsPerSecond = 1'000'000'000'000'000;
// Shorter periods are not told apart: the work a guest can ask for is bounded.
constexpr uint64_t kShortestNs = 1000;

uint64_t merge(uint64_t old, uint64_t value, uint64_t mask) {
  return (old & ~mask) | (value & mask);
}

}  // namespace

Hpet::Hpet(HpetConfig config, EventQueue& events, InterruptSink& gsi, IrqLine irq0, IrqLine irq8)
    : config_(config),
      events_(events),
      gsi_(gsi),
      irq0_(irq0),
      irq8_(irq8),
      rate_{kFemtosecondsPerSecond / config.period_fs} {
  for (unsigned n = 0; n < kTimers; ++n) {
    events_of_[n] =
        std::make_unique<Event>(events, "hpet timer " + std::to_string(n), [this, n] { fire(n); });
  }
  reset();
}

void Hpet::reset() {
  configuration_ = status_ = 0;
  counter_base_ = start_tick_ = 0;
  // An unprogrammed timer names the first input that it may use.
  const uint64_t route = static_cast<uint64_t>(std::countr_zero(config_.routes | 1u << 31));
  for (unsigned n = 0; n < kTimers; ++n) {
    const int driven = timers_[n].driven;
    timers_[n] = Timer();
    timers_[n].config = route << kRouteShift;
    timers_[n].driven = driven;  // let go in the second phase
    events_of_[n]->cancel();
  }
}

void Hpet::visit(Archive& archive) {
  archive.io(configuration_);
  archive.io(status_);
  archive.io(counter_base_);
  archive.io(start_tick_);
  for (unsigned n = 0; n < kTimers; ++n) {
    archive.io(timers_[n].config);
    archive.io(timers_[n].comparator);
    archive.io(timers_[n].period);
    archive.io(timers_[n].driven);
    events_of_[n]->visit(archive);
    if (timers_[n].driven < -1 || timers_[n].driven > 31) {
      archive.fail();
      timers_[n].driven = -1;
    }
  }
  for (bool& input : legacy_inputs_) archive.io(input);
  irq0_.visit(archive);
  irq8_.visit(archive);
}

// --- Register access ------------------------------------------------------------

uint64_t Hpet::read(uint64_t offset, unsigned size) {
  const unsigned shift = 8 * (offset & 7);
  uint64_t value = read_register(offset / 8) >> shift;
  // Unaligned accesses that run into the next register.
  if (shift + 8 * size > 64) value |= read_register(offset / 8 + 1) << (64 - shift);
  return value;
}

void Hpet::write(uint64_t offset, unsigned size, uint64_t value) {
  const unsigned shift = 8 * (offset & 7);
  const uint64_t mask = size >= 8 ? ~uint64_t{0} : (uint64_t{1} << 8 * size) - 1;
  write_register(offset / 8, value << shift, mask << shift);
  if (shift + 8 * size > 64) {
    write_register(offset / 8 + 1, value >> (64 - shift), mask >> (64 - shift));
  }
}

uint64_t Hpet::read_register(uint64_t index) {
  switch (index) {
    case kCapabilities:
      return uint64_t{config_.period_fs} << 32 | kVendor | kLegacyCapable | kCounter64 |
             (kTimers - 1) << 8 | kRevision;
    case kConfiguration:
      return configuration_;
    case kStatus:
      return status_;
    case kCounter:
      return counter();
    default:
      break;
  }
  if (index < kTimer0 || index >= kTimer0 + kTimers * kTimerStride) return 0;
  const Timer& timer = timers_[(index - kTimer0) / kTimerStride];
  switch ((index - kTimer0) % kTimerStride) {
    case 0:
      return timer.config | kPeriodicCapable | kSize64 | uint64_t{config_.routes} << 32;
    case 1:
      return timer.comparator & timer_mask(timer);
    default:  // no FSB route
      return 0;
  }
}

void Hpet::write_register(uint64_t index, uint64_t value, uint64_t mask) {
  switch (index) {
    case kConfiguration:
      return write_configuration(merge(configuration_, value, mask));
    case kStatus:
      return write_status(value & mask);
    case kCounter:
      // The counter may be written only while it stands still.
      if (!running()) counter_base_ = merge(counter_base_, value, mask);
      return;
    default:
      break;
  }
  if (index < kTimer0 || index >= kTimer0 + kTimers * kTimerStride) return;
  const unsigned n = static_cast<unsigned>((index - kTimer0) / kTimerStride);
  const uint64_t field = (index - kTimer0) % kTimerStride;
  if (field == 0) write_timer_config(n, merge(timers_[n].config, value, mask));
  if (field == 1) write_comparator(n, value, mask);
}

uint64_t Hpet::counter() const {
  if (!running()) return counter_base_;
  return counter_base_ + (rate_.ticks_at(events_.now_ns()) - start_tick_);
}

void Hpet::write_configuration(uint64_t value) {
  const uint64_t old_counter = counter();
  const bool was_running = running();
  configuration_ = value & 3;
  if (running() != was_running) {
    counter_base_ = old_counter;
    start_tick_ = rate_.ticks_at(events_.now_ns());
    for (unsigned n = 0; n < kTimers; ++n) arm(n, true);
  }
  update_outputs();
}

void Hpet::write_status(uint64_t value) {
  const uint64_t cleared = status_ & value;
  status_ &= ~value;
  for (unsigned n = 0; n < kTimers; ++n) {
    if ((cleared >> n & 1) != 0) arm(n, false);
  }
  update_outputs();
}

void Hpet::write_timer_config(unsigned n, uint64_t value) {
  Timer& timer = timers_[n];
  const uint64_t route = (value & kRoute) >> kRouteShift;
  // A route that we lack does not stick; the guest reads back to find out.
  if ((config_.routes >> route & 1) == 0) value = merge(value, timer.config, kRoute);
  timer.config = value & kWritable;
  if ((timer.config & kLevelType) == 0) status_ &= ~(uint64_t{1} << n);
  arm(n, false);
  update_timer_output(n);
}

// In periodic mode a write sets the period; with VAL_SET also the next match.
void Hpet::write_comparator(unsigned n, uint64_t value, uint64_t mask) {
  Timer& timer = timers_[n];
  const bool periodic = (timer.config & kPeriodicType) != 0;
  if (periodic) timer.period = merge(timer.period, value, mask) & timer_mask(timer);
  if (!periodic || (timer.config & kSetValue) != 0) {
    timer.comparator = merge(timer.comparator, value, mask);
  }
  timer.config &= ~kSetValue;
  arm(n, true);
}

// --- Matching ----------------------------------------------------------------------

uint64_t Hpet::timer_mask(const Timer& timer) const {
  return (timer.config & kMode32) != 0 ? 0xffffffffu : ~uint64_t{0};
}

// Schedules the next match. `match_now`: the comparator is new, so equality with
// the counter is a match; otherwise that one has been dealt with.
void Hpet::arm(unsigned n, bool match_now) {
  const Timer& timer = timers_[n];
  Event& event = *events_of_[n];
  const bool level = (timer.config & kLevelType) != 0;
  const bool periodic = (timer.config & kPeriodicType) != 0;
  const bool enabled = (timer.config & kInterruptEnable) != 0;
  event.cancel();
  // A match that nobody could notice needs no event.
  if (!running() || (!periodic && !level && !enabled)) return;
  if (!periodic && level && (status_ >> n & 1) != 0) return;

  const uint64_t mask = timer_mask(timer);
  uint64_t ticks = (timer.comparator - counter()) & mask;
  if (ticks == 0 && !match_now) {
    if (mask == ~uint64_t{0}) return;  // not before the end of time
    ticks = mask + 1;
  }
  const uint64_t now_tick = rate_.ticks_at(events_.now_ns());
  if (ticks > UINT64_MAX - now_tick) return;
  const uint64_t at = rate_.ns_at(now_tick + ticks);
  if (at == UINT64_MAX) return;
  event.schedule_at(match_now ? at : std::max(at, events_.now_ns() + kShortestNs));
}

// To the first multiple of the period that the counter has not reached.
void Hpet::advance_period(Timer& timer) const {
  if (timer.period == 0) return;
  const uint64_t mask = timer_mask(timer);
  const uint64_t behind = (counter() - timer.comparator) & mask;
  timer.comparator = (timer.comparator + (behind / timer.period + 1) * timer.period) & mask;
}

void Hpet::fire(unsigned n) {
  Timer& timer = timers_[n];
  const bool level = (timer.config & kLevelType) != 0;
  if ((timer.config & kPeriodicType) != 0) advance_period(timer);
  if (level) status_ |= uint64_t{1} << n;
  arm(n, false);
  if (level) {
    update_timer_output(n);
  } else if ((timer.config & kInterruptEnable) != 0) {
    pulse_timer(n);
  }
}

// --- Outputs -------------------------------------------------------------------------

void Hpet::set_input(unsigned pin, bool level) {
  if (pin > kRtcInput) return;
  legacy_inputs_[pin] = level;
  if (!legacy()) (pin == kPitInput ? irq0_ : irq8_).set(level);
}

bool Hpet::level_output(unsigned n) const {
  const uint64_t wanted = kLevelType | kInterruptEnable;
  return running() && (timers_[n].config & wanted) == wanted && (status_ >> n & 1) != 0;
}

void Hpet::update_outputs() {
  for (unsigned n = 0; n < kTimers; ++n) update_timer_output(n);
  if (!legacy()) {
    irq0_.set(legacy_inputs_[kPitInput]);
    irq8_.set(legacy_inputs_[kRtcInput]);
  }
}

void Hpet::update_timer_output(unsigned n) {
  Timer& timer = timers_[n];
  const bool level = level_output(n);
  const bool replaces = legacy() && n < legacy_inputs_.size();
  if (replaces) (n == 0 ? irq0_ : irq8_).set(level);

  const int route = static_cast<int>((timer.config & kRoute) >> kRouteShift);
  const int wanted = level && !replaces ? route : -1;
  if (wanted == timer.driven) return;
  const int before = timer.driven;
  timer.driven = wanted;
  if (before >= 0) gsi_.set_input(static_cast<unsigned>(before), false);
  if (wanted >= 0) gsi_.set_input(static_cast<unsigned>(wanted), true);
}

void Hpet::pulse_timer(unsigned n) {
  if (legacy() && n < legacy_inputs_.size()) {
    (n == 0 ? irq0_ : irq8_).pulse();
    return;
  }
  const unsigned route = static_cast<unsigned>((timers_[n].config & kRoute) >> kRouteShift);
  gsi_.set_input(route, true);
  gsi_.set_input(route, false);
}

}  // namespace vireo
