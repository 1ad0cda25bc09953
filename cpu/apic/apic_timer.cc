#include "cpu/apic/apic_timer.h"

namespace vireo {
namespace {

constexpr uint32_t kDivideBits = 0x0b;  // bits 3, 1 and 0
// Interrupts of a shorter period are merged: the work that a guest can ask for
// is bounded. The count itself stays exact.
constexpr uint64_t kShortestNs = 1000;

}  // namespace

ApicTimer::ApicTimer(EventQueue& events, const TscSource& tsc, std::string name,
                     std::function<void()> expired)
    : events_(events),
      tsc_(tsc),
      expired_(std::move(expired)),
      event_(events, std::move(name), [this] { fire(); }) {}

void ApicTimer::reset() {
  mode_ = Mode::kOneShot;
  masked_ = true;
  initial_count_ = 0;
  divide_ = 0;
  start_ns_ = 0;
  deadline_tsc_ = 0;
  event_.cancel();
}

void ApicTimer::visit(Archive& archive) {
  archive.io(mode_);
  archive.io(masked_);
  archive.io(initial_count_);
  archive.io(divide_);
  archive.io(start_ns_);
  archive.io(deadline_tsc_);
  event_.visit(archive);
  if (mode_ > Mode::kReserved) {
    archive.fail();
    reset();
  }
}

void ApicTimer::configure(Mode mode, bool masked) {
  const bool was_deadline = mode_ == Mode::kTscDeadline;
  mode_ = mode;
  masked_ = masked;
  if (was_deadline != (mode == Mode::kTscDeadline)) {
    initial_count_ = 0;
    deadline_tsc_ = 0;
  }
  rearm();
}

void ApicTimer::set_initial_count(uint32_t count) {
  if (mode_ == Mode::kTscDeadline) return;
  initial_count_ = count;
  start_ns_ = events_.now_ns();
  rearm();
}

uint32_t ApicTimer::current_count() const {
  if (initial_count_ == 0 || mode_ == Mode::kTscDeadline) return 0;
  const uint64_t elapsed = (events_.now_ns() - start_ns_) >> divide_shift();
  if (mode_ == Mode::kPeriodic) {
    return initial_count_ - static_cast<uint32_t>(elapsed % initial_count_);
  }
  return elapsed >= initial_count_ ? 0 : initial_count_ - static_cast<uint32_t>(elapsed);
}

// Encodings 0 to 7 of the three bits mean 2, 4, ... 128 and 1.
unsigned ApicTimer::divide_shift() const {
  const unsigned code = (divide_ & 3) | (divide_ >> 1 & 4);
  return (code + 1) & 7;
}

// The count goes on from where it is, at the new speed.
void ApicTimer::set_divide_configuration(uint32_t value) {
  const uint32_t left = current_count();
  divide_ = value & kDivideBits;
  const uint64_t passed = uint64_t{initial_count_} - left;
  start_ns_ = events_.now_ns() - (passed << divide_shift());
  rearm();
}

void ApicTimer::set_deadline_tsc(uint64_t tsc) {
  if (mode_ != Mode::kTscDeadline) return;
  deadline_tsc_ = tsc;
  rearm();
}

void ApicTimer::tsc_changed() {
  if (mode_ == Mode::kTscDeadline) rearm();
}

// Schedules the next expiry. A masked count has no effect when it ends, so it
// needs no event; a deadline is disarmed by its passing, masked or not.
void ApicTimer::rearm() {
  event_.cancel();
  if (mode_ == Mode::kTscDeadline) return arm_deadline();
  if (masked_ || initial_count_ == 0) return;
  const uint64_t now = events_.now_ns();
  const uint64_t elapsed = now - start_ns_;
  if (mode_ == Mode::kOneShot) {
    if (elapsed < period_ns()) event_.schedule_at(start_ns_ + period_ns());
  } else if (mode_ == Mode::kPeriodic) {
    const uint64_t next = start_ns_ + (elapsed / period_ns() + 1) * period_ns();
    event_.schedule_at(period_ns() < kShortestNs ? now + kShortestNs : next);
  }
}

void ApicTimer::arm_deadline() {
  if (deadline_tsc_ == 0) return;
  // A deadline in the past expires as soon as the run loop looks.
  const uint64_t at =
      deadline_tsc_ <= tsc_.tsc_now() ? events_.now_ns() : tsc_.ns_at_tsc(deadline_tsc_);
  if (at != UINT64_MAX) event_.schedule_at(at);
}

void ApicTimer::fire() {
  if (mode_ == Mode::kTscDeadline) deadline_tsc_ = 0;
  rearm();
  if (!masked_) expired_();
}

}  // namespace vireo
