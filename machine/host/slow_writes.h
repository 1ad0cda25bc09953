// Whether a host that has held up a write will do so again.
#pragma once

#include <atomic>
#include <cstdint>

namespace vireo {

// Writes to a file go to the host's memory, until there is so much that waits for its disk that
// the writer has to wait, too; from then on for a while. Several threads may call.
class SlowWrites {
 public:
  // Longer than copying takes, and shorter than waiting.
  static constexpr uint64_t kSlowNs = 5'000'000;
  // So many quick ones in a row: the host has caught up.
  static constexpr unsigned kQuickOnes = 256;

  // A write took so long.
  void took(uint64_t ns) {
    const unsigned left = left_.load(std::memory_order_relaxed);
    if (ns >= kSlowNs) left_.store(kQuickOnes, std::memory_order_relaxed);
    else if (left != 0) left_.store(left - 1, std::memory_order_relaxed);
  }
  bool expected() const { return left_.load(std::memory_order_relaxed) != 0; }

 private:
  std::atomic<unsigned> left_ = 0;
};

}  // namespace vireo
