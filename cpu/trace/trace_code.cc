#include "cpu/trace/trace_code.h"

#include <utility>

namespace vireo {

// The words of an instruction are address and value of its store, then what it results in.
void TraceStretch::add(const TraceCode& added, const TraceEffects& its_effects) {
  uint16_t at = words.back();
  if (its_effects.store != 0) {
    if (its_effects.told_address) places.push_back(at);
    if (its_effects.told_value) places.push_back(static_cast<uint16_t>(at + 1));
    at = static_cast<uint16_t>(at + 2);
  }
  for (unsigned i = its_effects.results(); i > 0; --i) places.push_back(at++);
  code.push_back(added);
  effects.push_back(its_effects);
  words.push_back(at);
  slots.push_back(static_cast<uint16_t>(places.size()));
}

const TraceStretch& TraceCodeStore::keep(TraceStretch&& stretch) {
  const uint64_t rip = stretch.code.front().rip;
  const auto [begin, end] = by_rip_.equal_range(rip);
  for (auto at = begin; at != end; ++at) {
    if (at->second->regular == stretch.regular && at->second->code == stretch.code) {
      return *at->second;
    }
  }
  stretch.number = static_cast<uint32_t>(stretches_.size());
  stretches_.push_back(std::make_unique<const TraceStretch>(std::move(stretch)));
  by_rip_.emplace(rip, stretches_.back().get());
  return *stretches_.back();
}

}  // namespace vireo
