// The transcendental x87 functions against the host's unit: special operands and
// flags exactly, other results to within one unit in the last place, which is
// what makers of processors promise (SDM 1, 8.3.10).
#include "tests/unit/cpu/exec/fp_row_test.h"

namespace vireo {
namespace {

bool is_transcendental(const OpcodeRow& row) {
  const std::string_view name = row.name;
  for (const char* one : {"f2xm1", "fyl2x", "fyl2xp1", "fptan", "fpatan", "fsin", "fcos",
                          "fsincos"}) {
    if (name == one) return true;
  }
  return false;
}

// Distance in units of the last place; large when the classes differ.
uint64_t distance(const FpMachine& a, const FpMachine& b, unsigned i) {
  const unsigned at = kFxSt + 16 * i;
  const auto a_exponent = a.fx_at<uint16_t>(at + 8), b_exponent = b.fx_at<uint16_t>(at + 8);
  const auto x = a.fx_at<uint64_t>(at), y = b.fx_at<uint64_t>(at);
  if (a_exponent == b_exponent) return x > y ? x - y : y - x;
  // Neighbours across a power of two.
  if (a_exponent + 1 == b_exponent) return ~x + (y - (uint64_t{1} << 63)) + 1;
  if (b_exponent + 1 == a_exponent) return ~y + (x - (uint64_t{1} << 63)) + 1;
  return ~uint64_t{0};
}

void take_registers(FpMachine& ours, const FpMachine& native) {
  for (unsigned i = 0; i < 8; ++i) {
    if (distance(ours, native, i) > 1) continue;
    std::memcpy(&ours.fx[kFxSt + 16 * i], &native.fx[kFxSt + 16 * i], 10);
  }
}

// F2XM1 and FYL2XP1 promise nothing beyond these (SDM 2A): |x| < 1/4 lies inside.
bool in_range(const OpcodeRow& row, const FpMachine& state) {
  const std::string_view name = row.name;
  const unsigned exponent = state.fx_at<uint16_t>(kFxSt + 8) & 0x7fff;
  return (name != "f2xm1" && name != "fyl2xp1") || exponent < 0x3ffd || exponent == 0x7fff;
}

void check_transcendental(TestGuest& guest, const OpcodeRow& row, unsigned cases) {
  CompareOptions options;
  options.ignore_status = 0x4300;  // C1 and the conditions that have no meaning here
  unsigned wrong = 0;
  std::string first;
  for (unsigned i = 0; i < cases; ++i) {
    CaseRandom random(uint64_t{row.opcode} << 32 | uint64_t(row.modrm) << 20 | i);
    const std::vector<uint8_t> code = random_encoding(row, random);
    FpMachine ours = random_state(random, Masks::kAll, kFpData);
    if (!in_range(row, ours)) continue;
    FpMachine native = ours;
    const std::string operands =
        fmt::format(" of {:04x}.{:016x} {:04x}.{:016x} control {:x} tags {:x} status {:x}",
                    ours.fx_at<uint16_t>(kFxSt + 8),
                    ours.fx_at<uint64_t>(kFxSt), ours.fx_at<uint16_t>(kFxSt + 24),
                    ours.fx_at<uint64_t>(kFxSt + 16), ours.fx_at<uint16_t>(kFxControl),
                    ours.fx_at<uint8_t>(kFxTags), ours.fx_at<uint16_t>(kFxStatus));
    run_natively(code, native, 0);
    ours.gpr[7] = native.gpr[7];
    run_in_guest(guest, code, ours);
    take_registers(ours, native);
    const Comparison result = compare_states(ours, native, options);
    if (!result.equal && wrong++ == 0) {
      first = describe(row, code, i, result.difference + operands);
    }
  }
  CHECK_MESSAGE(wrong == 0, wrong << " of " << cases << " differ, the first: " << first);
}

TEST_CASE("transcendental x87 rows agree with the host's to the last place") {
  for_rows(is_transcendental, [](const OpcodeRow& row, TestGuest& guest) {
    check_transcendental(guest, row, 1000);
  });
}

}  // namespace
}  // namespace vireo
