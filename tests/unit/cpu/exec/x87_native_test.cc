// Every x87 row whose result the architecture fixes, against the host's unit:
// random control words, stacks, tags and operands, masked and unmasked.
#include "tests/unit/cpu/exec/fp_row_test.h"

namespace vireo {
namespace {

bool is_x87(const OpcodeRow& row) {
  return row.map == 0 && ((row.opcode & 0xf8) == 0xd8 || row.opcode == 0x9b);
}
bool is_transcendental(std::string_view name) {
  for (const char* one : {"f2xm1", "fyl2x", "fyl2xp1", "fptan", "fpatan", "fsin", "fcos",
                          "fsincos"}) {
    if (name == one) return true;
  }
  return false;
}
// FSTP1 is undocumented; images hold pointers that processors of different makers keep differently.
bool has_pointers(std::string_view name) {
  return name == "fnstenv" || name == "fnsave" || name == "fldenv" || name == "frstor";
}
// Conditions that the SDM leaves open, and on which processors differ.
uint16_t open_conditions(std::string_view name) {
  if (name.starts_with("ffree") || name.starts_with("fprem")) return 0x4700;
  if (name.starts_with("fcmov") || name.starts_with("fcomi") || name.starts_with("fucomi")) {
    return 0x0200;
  }
  return 0;
}
CompareOptions options_of(const OpcodeRow& row) {
  CompareOptions options = options_for(row);
  options.ignore_status = open_conditions(row.name);
  return options;
}
bool is_comparable(const OpcodeRow& row) {
  return std::string_view(row.name) != "fstp1" && is_x87(row) && !is_transcendental(row.name) &&
         !has_pointers(row.name);
}

TEST_CASE("x87 rows give the host's results with exceptions masked") {
  for_rows(is_comparable, [](const OpcodeRow& row, TestGuest& guest) {
    check_row(guest, row, Masks::kAll, 300, 4, options_of(row));
  });
}

// With the invalid operation unmasked the SDM leaves conditions and flags of a
// compare as they were; AMD processors set them.
bool is_compare(const OpcodeRow& row) {
  const std::string_view name = row.name;
  return name.starts_with("fcom") || name.starts_with("fucom") || name.starts_with("ficom") ||
         name == "ftst";
}

TEST_CASE("x87 rows leave what the host leaves with exceptions unmasked") {
  for_rows([](const OpcodeRow& row) { return is_comparable(row) && !is_compare(row); },
           [](const OpcodeRow& row, TestGuest& guest) {
    check_row(guest, row, Masks::kRandom, 300, 5, options_of(row));
  });
}

void set_quotient_operands(FpMachine& state) {
  const auto put = [&state](unsigned i, uint64_t significand, uint16_t exponent) {
    state.set_fx(kFxSt + 16 * i, significand);
    state.set_fx(kFxSt + 16 * i + 8, exponent);
  };
  state.set_fx(kFxTags, uint8_t{0xff});
  const auto exponent = static_cast<uint16_t>(0x4000 + state.gpr[0] % 80);
  put(0, state.gpr[1] | uint64_t{1} << 63, exponent);
  put(1, state.gpr[2] | uint64_t{1} << 63, 0x4000);
}

TEST_CASE("FPREM and FPREM1 tell the quotient and whether they are done as the host does") {
  for_rows([](const OpcodeRow& row) { return std::string_view(row.name).starts_with("fprem"); },
           [](const OpcodeRow& row, TestGuest& guest) {
             check_row(guest, row, Masks::kAll, 300, 6, options_for(row), set_quotient_operands);
           });
}

}  // namespace
}  // namespace vireo
