// Every row of the integer table that a host can run without privilege, against
// the host's processor: random encodings, operand sizes, addressing modes and
// operands.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/unit/cpu/native/host_features.h"
#include "tests/unit/cpu/native/native_cases.h"
#include "tests/unit/cpu/native/row_trial.h"
#include "tests/unit/cpu/native/trial_options.h"

namespace vireo {
namespace {

constexpr unsigned kTrialsPerRow = 150;
constexpr unsigned kAttemptsPerTrial = 4;

std::string row_name(const OpcodeRow& row) {
  return fmt::format("{} (map {} opcode {:02x} modrm {})", row.name, row.map, row.opcode,
                     row.modrm);
}

// Tells the first difference of a row.
void try_row(SideBySide& pair, const OpcodeRow& row, NativeCpu::Width width, Random& random) {
  const unsigned wanted = trial_count(kTrialsPerRow);
  unsigned made = 0;
  for (unsigned i = 0; i < kAttemptsPerTrial * wanted && made < wanted; ++i) {
    const auto trial = RowTrial(row, width, random).make();
    if (!trial) continue;
    ++made;
    note_native_case(row);
    const std::string difference = pair.run(*trial);
    if (difference.empty()) continue;
    FAIL_CHECK(row_name(row), ": ", difference);
    return;
  }
  INFO(row_name(row));
  CHECK(made >= wanted * 2 / 3);
}

void try_rows(NativeCpu::Width width, uint32_t refused) {
  if (!NativeCpu::available()) return;
  SideBySide pair(7);
  Random random(trial_seed(11));
  const CpuModel model = CpuModel::named("max").value();
  for (const OpcodeRow& row : integer_rows()) {
    if ((row.attributes & refused) || !is_plain_row(row)) continue;
    if (!model.has(static_cast<CpuFeature>(row.feature)) || !host_can_run(row)) continue;
    pair.new_memory(random);
    try_row(pair, row, width, random);
  }
}

TEST_CASE("integer rows give the host's results in 64-bit mode") {
  try_rows(NativeCpu::Width::k64, kAttrNo64);
}

TEST_CASE("integer rows give the host's results in a 32-bit segment") {
  try_rows(NativeCpu::Width::k32, kAttrOnly64);
}

}  // namespace
}  // namespace vireo
