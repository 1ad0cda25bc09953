// How random tests of the CPU choose: a fixed seed and number of trials, or those
// of the environment: VIREO_TRIAL_SEED=N another seed for all of them,
// VIREO_TRIALS=N so many trials a row (or strings, or programs) instead.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace vireo {

// `fixed` tells the tests apart; without a seed in the environment it is the seed.
inline uint64_t trial_seed(uint64_t fixed) {
  const char* text = std::getenv("VIREO_TRIAL_SEED");
  if (text == nullptr) return fixed;
  return fixed ^ std::strtoull(text, nullptr, 0) * 0x9e3779b97f4a7c15;
}

inline unsigned trial_count(unsigned fixed) {
  const char* text = std::getenv("VIREO_TRIALS");
  return text == nullptr ? fixed : static_cast<unsigned>(std::strtoul(text, nullptr, 0));
}

}  // namespace vireo
