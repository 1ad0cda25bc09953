#include "virtio/queue/in_flight.h"

#include <algorithm>
#include <vector>

namespace vireo {
namespace {

constexpr uint32_t kMost = 32768;  // the longest ring

}  // namespace

void InFlight::add(uint16_t id, uint16_t slots) {
  chains_.push_back({id, slots});
  slots_ += slots;
}

std::optional<InFlight::Chain> InFlight::remove_last() {
  if (chains_.empty()) return std::nullopt;
  const Chain last = chains_.back();
  chains_.pop_back();
  slots_ -= last.slots;
  return last;
}

bool InFlight::answer(uint16_t id, uint32_t written) {
  const auto found = std::ranges::find_if(
      chains_, [id](const Chain& chain) { return chain.id == id && !chain.answered; });
  if (found == chains_.end()) return false;
  found->answered = true;
  found->written = written;
  return true;
}

std::optional<InFlight::Chain> InFlight::take_answered(bool in_order) {
  const auto last = in_order && !chains_.empty() ? chains_.begin() + 1 : chains_.end();
  const auto found = std::find_if(chains_.begin(), last, [](const Chain& c) { return c.answered; });
  if (found == last) return std::nullopt;
  const Chain taken = *found;
  chains_.erase(found);
  slots_ -= taken.slots;
  return taken;
}

void InFlight::clear() {
  chains_.clear();
  slots_ = 0;
}

void InFlight::visit(Archive& archive) {
  uint32_t count = chains();
  archive.io(count);
  if (!archive.saving()) {
    if (count > kMost) archive.fail();
    clear();
    chains_.resize(archive.ok() ? count : 0);
  }
  for (Chain& chain : chains_) {
    archive.io(chain.id);
    archive.io(chain.slots);
    archive.io(chain.answered);
    archive.io(chain.written);
    if (chain.slots == 0) archive.fail();
    if (!archive.saving()) slots_ += chain.slots;
  }
  if (!archive.ok()) clear();
}

}  // namespace vireo
