#include "tests/coverage/row_evidence.h"

#include <algorithm>
#include <iterator>

#include "cpu/block/row_counts.h"
#include "cpu/cpu_feature.h"

namespace vireo {
namespace {

// Rows by the beginning of their titles, and a test case that shows them.
struct Evidence {
  const char* row;
  const char* test_case;
};
constexpr Evidence kEvidence[] = {
#include "tests/coverage/row_evidence.def"
};

bool is_about(const Evidence& evidence, const OpcodeRow& row) {
  return (row_title(row) + " ").starts_with(std::string(evidence.row) + " ");
}

}  // namespace

std::vector<std::string> row_evidence(const OpcodeRow& row, const RowUse& use) {
  std::vector<std::string> found;
  for (const Evidence& evidence : kEvidence) {
    if (!is_about(evidence, row)) continue;
    if (use.cases.contains(evidence.test_case)) found.push_back(evidence.test_case);
  }
  return found;
}

bool host_lacks(const OpcodeRow& row, const RowUses& uses) {
  const auto feature = static_cast<CpuFeature>(row.feature);
  if (feature == kFeatNone || !uses.lacking.contains(std::string(cpu_feature_name(feature)))) {
    return false;
  }
  return std::none_of(std::begin(kEvidence), std::end(kEvidence),
                      [&](const Evidence& evidence) { return is_about(evidence, row); });
}

}  // namespace vireo
