// Every AVX and AVX2 row against the host's processor: random encodings,
// operands and MXCSR, exceptions masked and unmasked.
#include <cstring>

#include "cpu/exec/avx.h"
#include "tests/unit/cpu/exec/fp_row_test.h"

namespace vireo {
namespace {

bool is_avx(const OpcodeRow& row) {
  return row.feature == kFeatAvx || row.feature == kFeatAvx2;
}
bool is_gather(const OpcodeRow& row) { return row.emit == emit_avx_gather; }

// Reciprocals have open low bits (SDM 2B "RCPPS"); VLDMXCSR takes no random word.
bool is_comparable(const OpcodeRow& row) {
  const std::string_view name = row.name;
  return !name.starts_with("vrcp") && !name.starts_with("vrsqrt") && name != "vldmxcsr" &&
         !is_gather(row);
}

TEST_CASE("AVX rows give the host's results with exceptions masked") {
  for_rows([](const OpcodeRow& row) {
             return is_avx(row) && is_comparable(row);
           },
           [](const OpcodeRow& row, TestGuest& guest) {
             check_row(guest, row, Masks::kAll, 150, 4);
           });
}

// In which order the steps of a dot product raise flags differs between
// processors.
bool is_comparable_unmasked(const OpcodeRow& row) {
  return is_comparable(row) && !std::string_view(row.name).starts_with("vdpp");
}

TEST_CASE("AVX rows raise what the host raises with exceptions unmasked") {
  for_rows([](const OpcodeRow& row) {
             return is_avx(row) && is_comparable_unmasked(row);
           },
           [](const OpcodeRow& row, TestGuest& guest) {
             check_row(guest, row, Masks::kRandom, 200, 5);
           });
}

// Indices that stay within the memory at either size, whatever the scale, where
// random_encoding() looks for them.
void small_indices(FpMachine& state) {
  for (unsigned n = 0; n < 16; n += 4) {
    for (uint8_t* half : {state.fx.data() + kFxXmm + 16 * n, state.high.data() + 16 * n}) {
      for (unsigned i = 0; i < 16; i += 8) {
        const int64_t index = half[i] % 64 - 8;
        std::memcpy(half + i, &index, sizeof(index));
      }
    }
  }
}

TEST_CASE("gathers give the host's results") {
  for_rows([](const OpcodeRow& row) { return is_gather(row); },
           [](const OpcodeRow& row, TestGuest& guest) {
             check_row(guest, row, Masks::kAll, 150, 6, options_for(row), small_indices);
           });
}

}  // namespace
}  // namespace vireo
