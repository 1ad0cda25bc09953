// Where a guest's random bytes come from: seeded, so that a run repeats, or the host.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "machine/base/archive.h"

namespace vireo {

class EntropySource {
 public:
  virtual ~EntropySource() = default;
  // Fills the front of `out` and says how many bytes that were; 0 when there are none for now.
  virtual size_t fill(std::span<std::byte> out) = 0;
  // Saves or loads what the coming bytes depend on; nothing for a source outside.
  virtual void visit(Archive& /*archive*/) {}
};

// xoshiro256** by Blackman and Vigna, its state spread from the seed by SplitMix64. Gives
// every byte that is asked for.
class SeededEntropy final : public EntropySource {
 public:
  explicit SeededEntropy(uint64_t seed);

  size_t fill(std::span<std::byte> out) override;
  void visit(Archive& archive) override;

 private:
  uint64_t next();
  std::array<uint64_t, 4> state_;
};

}  // namespace vireo
