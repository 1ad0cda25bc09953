// FMA and F16C against the host's processor, and the code for hosts without them.
#include <array>

#include "cpu/exec/fma_ops.h"
#include "tests/unit/cpu/exec/fp_row_test.h"

namespace vireo {
namespace {

bool is_fma(const OpcodeRow& row) { return row.feature == kFeatFma || row.feature == kFeatF16c; }

TEST_CASE("FMA and F16C rows give the host's results with exceptions masked") {
  for_rows([](const OpcodeRow& row) { return is_fma(row); },
           [](const OpcodeRow& row, TestGuest& guest) {
             check_row(guest, row, Masks::kAll, 200, 8);
           });
}

TEST_CASE("FMA and F16C rows raise what the host raises with exceptions unmasked") {
  for_rows([](const OpcodeRow& row) { return is_fma(row); },
           [](const OpcodeRow& row, TestGuest& guest) {
             check_row(guest, row, Masks::kRandom, 200, 9);
           });
}

struct FmaResult {
  Lanes<uint64_t> value;
  uint32_t flags = 0;
  bool operator==(const FmaResult&) const = default;
};

template <auto f>
FmaResult under(uint32_t mxcsr, const FpMachine& state) {
  const auto operand = [&](unsigned n) {
    return from_lanes<uint64_t>({state.fx_at<uint64_t>(kFxXmm + 16 * n),
                                 state.fx_at<uint64_t>(kFxXmm + 16 * n + 8)});
  };
  const __m128i x = operand(0), y = operand(1), z = operand(2);
  set_host_mxcsr(mxcsr);
  const __m128i result = f(x, y, z);
  const uint32_t flags = host_mxcsr() & kMxcsrFlags;
  set_host_mxcsr(kMxcsrDefault);
  return {to_lanes<uint64_t>(result), flags};
}

template <FmaKind kind, FmaType type>
void check_soft(uint64_t seed) {
  unsigned wrong = 0;
  for (unsigned i = 0; i < 3000; ++i) {
    CaseRandom random(seed << 32 | i);
    const FpMachine state = random_state(random, Masks::kAll, kFpData);
    const uint32_t mxcsr = state.fx_at<uint32_t>(kFxMxcsr) & ~kMxcsrFlags;
    const auto ours = under<soft_fma<kind, type>>(mxcsr, state);
    wrong += ours != under<host_fma<kind, type>>(mxcsr, state);
  }
  CHECK(wrong == 0);
}

TEST_CASE("FMA on the bits gives the host's results and flags in every rounding mode") {
  if (!kHostHasFma) return;
  check_soft<kFmaddsub, kFmaPs>(1);
  check_soft<kFmsubadd, kFmaPd>(2);
  check_soft<kFmadd, kFmaPs>(3);
  check_soft<kFmadd, kFmaPd>(4);
  check_soft<kFmsub, kFmaSs>(5);
  check_soft<kFnmadd, kFmaSd>(6);
  check_soft<kFnmsub, kFmaPd>(7);
}

}  // namespace
}  // namespace vireo
