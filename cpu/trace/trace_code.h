// The code of a trace: stretches of instructions that a recorder writes about as a whole, and a
// reader takes apart.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "cpu/trace/trace_effects.h"

namespace vireo {

inline constexpr unsigned kMaxCodeBytes = 15;

// An instruction at one place of the guest's code.
struct TraceCode {
  uint64_t rip = 0;
  CodeMode mode = CodeMode::k64;
  uint8_t length = 0;
  std::array<uint8_t, kMaxCodeBytes> bytes{};
  bool operator==(const TraceCode&) const = default;
};

// Instructions that follow each other, all of them regular; or one that is not.
struct TraceStretch {
  // As many as a stretch has at most: of them, and of the values that are told of it.
  static constexpr unsigned kMostInstructions = 64, kMostSlots = 64;
  static constexpr unsigned kMostWords = 2 * kMostInstructions + kMostSlots;

  uint32_t number = 0;   // in its TraceCodeStore
  bool regular = true;
  std::vector<TraceCode> code;
  std::vector<TraceEffects> effects;
  std::vector<uint16_t> words;  // words[k]: what the first k instructions take, each counted
  std::vector<uint16_t> slots;  // slots[k]: how many values are told of the first k
  std::vector<uint16_t> places; // of each such value among the words

  explicit TraceStretch(bool is_regular) : regular(is_regular), words{0}, slots{0} {}
  bool has_room() const {
    return code.size() < kMostInstructions && slots.back() + 8u < kMostSlots;
  }
  void add(const TraceCode& added, const TraceEffects& its_effects);
};

// All stretches, each once. What has been given out never changes and stays as long as the
// store; only its owner may add to it.
class TraceCodeStore {
 public:
  const TraceStretch& keep(TraceStretch&& stretch);
  size_t size() const { return stretches_.size(); }

 private:
  std::vector<std::unique_ptr<const TraceStretch>> stretches_;
  std::unordered_multimap<uint64_t, const TraceStretch*> by_rip_;
};

}  // namespace vireo
