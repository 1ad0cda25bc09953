#include "machine/board/outside/time_travel.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vireo {

TimeTravel::TimeTravel(TimeTravelWiring wiring) : wiring_(std::move(wiring)) {}

void TimeTravel::enable(const TimeTravelOptions& options) {
  options_ = options;
  if (std::exchange(enabled_, true)) return;
  wiring_.outside.keep();
  for (UndoDisk* disk : wiring_.disks()) disk->remember();
  keep_and_go_on();
}

uint64_t TimeTravel::earliest() const {
  return kept_.empty() ? UINT64_MAX : kept_.front().state.instructions;
}

std::vector<uint64_t> TimeTravel::moments() const {
  std::vector<uint64_t> all;
  for (const Kept& kept : kept_) all.push_back(kept.state.instructions);
  return all;
}

// By alarms, which change nothing about when events and polls come. Where the machine was before
// a journey, nothing is new.
void TimeTravel::keep_and_go_on() {
  const uint64_t now = wiring_.clock.instructions();
  if (kept_.empty() || kept_.back().state.instructions < now) keep();
  wiring_.alarms.set((now / options_.every + 1) * options_.every, [this, row = ++row_] {
    if (row == row_) keep_and_go_on();
  });
}

void TimeTravel::keep() {
  const MachineState* before = kept_.empty() ? nullptr : &kept_.back().state;
  Kept kept{wiring_.snapshots.capture(before), wiring_.outside.mark(), {}, 0};
  for (const UndoDisk* disk : wiring_.disks()) kept.disks.push_back(disk->mark());
  const RamImage& ram = kept.state.ram;
  kept.bytes = before == nullptr ? ram.bytes() : ram.bytes_unlike(before->ram);
  kept_.push_back(std::move(kept));
  const auto too_many = [this] {
    return kept_.size() > options_.most_states || bytes() > options_.most_bytes;
  };
  while (kept_.size() > 1 && too_many()) drop_oldest();
}

uint64_t TimeTravel::bytes() const {
  uint64_t sum = 0;
  for (const Kept& kept : kept_) sum += kept.bytes;
  for (const UndoDisk* disk : wiring_.disks()) sum += disk->kept_bytes();
  return sum;
}

void TimeTravel::drop_oldest() {
  kept_.erase(kept_.begin());
  Kept& oldest = kept_.front();
  oldest.bytes = oldest.state.ram.bytes();
  const std::vector<UndoDisk*> disks = wiring_.disks();
  for (size_t i = 0; i < std::min(disks.size(), oldest.disks.size()); ++i) {
    disks[i]->forget_before(oldest.disks[i]);
  }
}

// Of the last one that is not later; the number of states when there is none.
size_t TimeTravel::find(uint64_t instructions) const {
  const auto after = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& kept) {
    return kept.state.instructions > instructions;
  });
  return after == kept_.begin() ? kept_.size() : static_cast<size_t>(after - kept_.begin()) - 1;
}

Result<void> TimeTravel::go_back(uint64_t instructions) {
  const size_t at = find(instructions);
  if (at == kept_.size()) {
    return Error{fmt::format("instruction {} is out of reach; the first that is kept is {}",
                             instructions, kept_.empty() ? 0 : earliest())};
  }
  const Kept& kept = kept_[at];
  const uint64_t from = wiring_.clock.instructions();
  const std::vector<UndoDisk*> disks = wiring_.disks();
  if (disks.size() != kept.disks.size()) return Error{"a disk came or went since then"};
  if (auto restored = wiring_.snapshots.restore(kept.state); !restored) return restored;
  for (size_t i = 0; i < disks.size(); ++i) {
    if (auto undone = disks[i]->take_back(kept.disks[i]); !undone) return undone;
  }
  wiring_.outside.rewind(kept.outside, from);
  return {};
}

Result<void> TimeTravel::go_to(uint64_t instructions, std::function<void()> arrived) {
  if (auto gone = go_back(instructions); !gone) return gone;
  wiring_.alarms.set(instructions, std::move(arrived));
  return {};
}

void TimeTravel::begin_again() {
  if (!enabled_) return;
  kept_.clear();
  keep();
}

void TimeTravel::forget_future() {
  if (!enabled_) return;
  const uint64_t now = wiring_.clock.instructions();
  while (!kept_.empty() && kept_.back().state.instructions > now) kept_.pop_back();
  wiring_.outside.go_live();
  keep_and_go_on();
}

}  // namespace vireo
