// Fuzzes the processor: random code in any mode at any level, with random tables, in fast
// blocks and in slices, which must fare alike. However the guest fares, the host must not
// notice.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/cpu_guest.h"
#include "tests/fuzz/fuzz_digest.h"

namespace vireo::fuzz {
namespace {

constexpr unsigned kStretches = 4;
constexpr uint64_t kInstructions = 150;  // a stretch

// One input on two guests, the second one in slices.
class Pair {
 public:
  explicit Pair(FuzzInput input) : plan_(input.take<uint8_t>()), fast_(input), slow_(input) {
    slow_.set_slices({plan_ & 1 ? Slices::Kind::kAlone : Slices::Kind::kRandom, plan_});
  }

  // Runs both to the next stretch's end, or for so many instructions of it, and lets
  // something come from outside. False when they differ.
  bool run(uint64_t instructions = kInstructions) {
    const CpuExit exit = fast_.run(instructions);
    if (slow_.run(instructions) != exit || fast_.state() != slow_.state()) return false;
    ended_ = exit == CpuExit::kTripleFault;
    if (instructions < kInstructions) return true;
    const auto event = static_cast<CpuGuest::Event>(plan_ >> (1 + 2 * stretch_++) & 3);
    fast_.cause(event);
    slow_.cause(event);
    return true;
  }

  bool ended() const { return ended_ || stretch_ == kStretches; }
  // Memory is the larger part of the guests: compared once, at the end.
  bool memory_equal() { return fast_.image() == slow_.image(); }
  std::vector<std::byte> image() { return fast_.image(); }

  // Both, and where their images first differ: memory, or before it the processor's state.
  void print() {
    std::fprintf(stderr, "  blocks: %s\n  slices: %s\n", fast_.describe().c_str(),
                 slow_.describe().c_str());
    const auto ours = fast_.image(), theirs = slow_.image();
    const auto at = std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end());
    if (at.first == ours.end() || at.second == theirs.end()) return;
    const auto byte = static_cast<unsigned long>(at.first - ours.begin());
    const unsigned long state = ours.size() - CpuGuest::kRam;
    std::fprintf(stderr, "  byte %lu of %s: %02x, %02x\n", byte < state ? byte : byte - state,
                 byte < state ? "the state" : "memory", static_cast<unsigned>(*at.first),
                 static_cast<unsigned>(*at.second));
  }

 private:
  uint8_t plan_;
  CpuGuest fast_, slow_;
  unsigned stretch_ = 0;
  bool ended_ = false;
};

// Whether the guests are equal when a run ends after so many instructions.
bool equal_after(Pair& pair, uint64_t instructions) {
  for (; instructions >= kInstructions; instructions -= kInstructions) {
    if (!pair.run()) return false;
    if (pair.ended()) return pair.memory_equal();
  }
  return pair.run(instructions) && pair.memory_equal();
}

// Looks for the instruction behind which the guests part, by new pairs that run for ever
// more instructions; the end of a run may hide the difference, though.
[[noreturn]] void report(FuzzInput input) {
  Pair whole(input);
  while (!whole.ended() && whole.run()) continue;
  std::fprintf(stderr, "blocks and slices differ:\n");
  whole.print();
  for (uint64_t count = 1; count <= kStretches * kInstructions; ++count) {
    Pair pair(input), before(input);
    if (equal_after(pair, count)) continue;
    equal_after(before, count - 1);
    std::fprintf(stderr, "after %llu instructions they agree:\n",
                 static_cast<unsigned long long>(count - 1));
    before.print();
    std::fprintf(stderr, "and after one more they do not:\n");
    pair.print();
    break;
  }
  std::abort();
}

}  // namespace
}  // namespace vireo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vireo::fuzz;
  const FuzzInput input(data, size);
  Pair pair(input);
  while (!pair.ended()) {
    if (!pair.run()) report(input);
  }
  if (!pair.memory_equal()) report(input);
  digest().add(pair.image());
  return 0;
}
