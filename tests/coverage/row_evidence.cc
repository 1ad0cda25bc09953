#include "tests/coverage/row_evidence.h"

#include "cpu/block/row_counts.h"

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

}  // namespace

std::vector<std::string> row_evidence(const OpcodeRow& row, const RowUse& use) {
  std::vector<std::string> found;
  const std::string title = row_title(row) + " ";
  for (const Evidence& evidence : kEvidence) {
    if (!title.starts_with(std::string(evidence.row) + " ")) continue;
    if (use.cases.contains(evidence.test_case)) found.push_back(evidence.test_case);
  }
  return found;
}

}  // namespace vireo
