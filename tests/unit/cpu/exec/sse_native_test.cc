// Every vector and MMX row against the host's processor: random encodings,
// operands and MXCSR, exceptions masked and unmasked.
#include "tests/unit/cpu/exec/fp_row_test.h"

namespace vireo {
namespace {

bool is_vector(const OpcodeRow& row) {
  switch (row.feature) {
    case kFeatSse:
    case kFeatSse2:
    case kFeatSse3:
    case kFeatSsse3:
    case kFeatSse41:
    case kFeatSse42:
      return row.map != 0;
    default:
      return false;
  }
}
// Reciprocals have open low bits (SDM 2B "RCPPS"); LDMXCSR takes no random word;
// processors differ on whether CVTPI2PS from memory is an MMX instruction.
bool is_comparable(const OpcodeRow& row) {
  const std::string_view name = row.name;
  return name != "cvtpi2ps" && !name.starts_with("rcp") && !name.starts_with("rsqrt") &&
         name != "ldmxcsr";
}

TEST_CASE("vector rows give the host's results with exceptions masked") {
  for_rows([](const OpcodeRow& row) { return is_vector(row) && is_comparable(row); },
           [](const OpcodeRow& row, TestGuest& guest) {
             check_row(guest, row, Masks::kAll, 100, 1);
           });
}

// What a fault leaves of the x87 state, and in which order the steps of a dot
// product raise flags, differs between processors.
bool is_comparable_unmasked(const OpcodeRow& row) {
  const std::string_view name = row.name;
  return is_comparable(row) && !name.starts_with("dpp") &&
         !(name.starts_with("cvt") && name.find("pi") != name.npos);
}

TEST_CASE("vector rows raise what the host raises with exceptions unmasked") {
  for_rows([](const OpcodeRow& row) { return is_vector(row) && is_comparable_unmasked(row); },
           [](const OpcodeRow& row, TestGuest& guest) {
             check_row(guest, row, Masks::kRandom, 200, 2);
           });
}

TEST_CASE("MMX rows give the host's results") {
  for_rows([](const OpcodeRow& row) { return row.feature == kFeatMmx; },
           [](const OpcodeRow& row, TestGuest& guest) {
             check_row(guest, row, Masks::kAll, 100, 3);
           });
}

}  // namespace
}  // namespace vireo
