// Fuzzes the processor: random code in any mode and level, with random tables, in
// fast blocks; with VIREO_FUZZ_SLICES in the environment also in slices, which must
// fare alike. However the guest fares, the host must not notice.
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/cpu_guest.h"
#include "tests/fuzz/fuzz_digest.h"

namespace vireo::fuzz {
namespace {

constexpr unsigned kStretches = 4;
constexpr uint64_t kInstructions = 150;  // a stretch

void compare(CpuGuest& fast, CpuGuest& slow, unsigned stretch) {
  const auto ours = fast.image();
  const auto theirs = slow.image();
  if (ours == theirs) return;
  size_t at = 0;
  while (ours[at] == theirs[at]) ++at;
  std::fprintf(stderr, "stretch %u, byte %zu of the images:\n  %s\n  %s\n", stretch, at,
               fast.describe().c_str(), slow.describe().c_str());
  std::abort();
}

void run_both(FuzzInput input) {
  const uint8_t slices = input.take<uint8_t>();
  CpuGuest fast(input), slow(input);
  slow.set_slices({slices & 1 ? Slices::Kind::kAlone : Slices::Kind::kRandom, slices});
  for (unsigned i = 0; i < kStretches; ++i) {
    const CpuExit exit = fast.run(kInstructions);
    if (slow.run(kInstructions) != exit) {
      std::fprintf(stderr, "the ends differ\n");
      std::abort();
    }
    compare(fast, slow, i);
    if (exit == CpuExit::kHalted || exit == CpuExit::kTripleFault) return;
  }
}

void run_one(FuzzInput input) {
  input.take<uint8_t>();
  CpuGuest guest(input);
  guest.run(kStretches * kInstructions);
  digest().add(guest.image());
}

}  // namespace
}  // namespace vireo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const vireo::fuzz::FuzzInput input(data, size);
  static const bool in_slices = std::getenv("VIREO_FUZZ_SLICES") != nullptr;
  if (in_slices)
    vireo::fuzz::run_both(input);
  else
    vireo::fuzz::run_one(input);
  return 0;
}
