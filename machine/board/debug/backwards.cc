#include "machine/board/debug/backwards.h"

#include <utility>

namespace vireo {

Backwards::Backwards(DebugTarget& target, TimeTravel& travel, InstructionAlarms& alarms,
                     RunControl& run)
    : target_(target), travel_(travel), alarms_(alarms), run_(run) {}

// The machine runs, and its stops are only seen.
void Backwards::run_leg(Leg leg) {
  leg_ = leg;
  done_ = false;
  stops_ = 0;
  target_.set_observer([this](const DebugTarget::Stop& stop) { see(stop); });
  run_.resume();
}

void Backwards::leg_done() {
  done_ = true;
  run_.stop();
}

// For an alarm, which may outlive the leg, and this.
std::function<void()> Backwards::end_of_new_leg() {
  token_ = std::make_shared<Token>();
  return [this, leg = std::weak_ptr(token_)] {
    if (!leg.expired()) leg_done();
  };
}

void Backwards::see(const DebugTarget::Stop& stop) {
  ++stops_;
  if (leg_ == Leg::kSearch) found_ = Found{stop, target_.instructions(), stops_};
  if (leg_ == Leg::kReturn && stops_ == found_->number) leg_done();
}

Result<void> Backwards::step() {
  found_.reset();
  const uint64_t now = target_.instructions();
  if (now <= travel_.earliest()) return search_before(now);
  if (auto gone = travel_.go_to(now - 1, end_of_new_leg()); !gone) return gone;
  run_leg(Leg::kTravel);
  return {};
}

Result<void> Backwards::run() {
  found_.reset();
  return search_before(target_.instructions());
}

// Through the stretch from the last kept state before `end`. There being none is the beginning,
// and needs no running.
Result<void> Backwards::search_before(uint64_t end) {
  std::optional<uint64_t> begin;
  for (const uint64_t moment : travel_.moments()) {
    if (moment < end) begin = moment;
  }
  if (!begin) {
    token_.reset();
    leg_ = Leg::kSearch;
    begin_ = end;
    done_ = true;
    return {};
  }
  if (auto gone = travel_.go_back(*begin); !gone) return gone;
  begin_ = *begin;
  alarms_.set(end, end_of_new_leg());
  run_leg(Leg::kSearch);
  return {};
}

// To the last stop that was seen: a breakpoint's by counting the stops again, a watchpoint's to
// the instruction before it.
Result<void> Backwards::return_to_found() {
  if (found_->stop.what.kind == DebugStop::Kind::kBreakpoint) {
    token_.reset();
    if (auto gone = travel_.go_back(begin_); !gone) return gone;
    run_leg(Leg::kReturn);
    return {};
  }
  const uint64_t before = found_->instructions - 1;
  if (auto gone = travel_.go_to(before, end_of_new_leg()); !gone) return gone;
  run_leg(Leg::kTravel);
  return {};
}

std::optional<Backwards::Arrival> Backwards::arrive(Arrival arrival) {
  give_up();
  return arrival;
}

// A leg that cannot begin ends the way where the machine is.
std::optional<Backwards::Arrival> Backwards::after(const Result<void>& begun) {
  if (begun) return std::nullopt;
  return arrive({.beginning = true, .stop = {}});
}

std::optional<Backwards::Arrival> Backwards::advance() {
  if (!done_) {  // somebody else has stopped the machine
    return arrive({});
  }
  if (leg_ != Leg::kSearch) {
    Arrival arrival;
    if (found_) arrival.stop = found_->stop;
    return arrive(std::move(arrival));
  }
  if (found_) return after(return_to_found());
  const bool first = begin_ <= travel_.earliest();
  if (!first) return after(search_before(begin_));
  if (target_.instructions() != begin_) (void)travel_.go_back(begin_);
  return arrive({.beginning = true, .stop = {}});
}

void Backwards::give_up() {
  leg_ = Leg::kNone;
  token_.reset();
  target_.set_observer({});
}

}  // namespace vireo
