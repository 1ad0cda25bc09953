#include "tests/coverage/feature_table.h"

#include <fmt/format.h>

#include <set>

#include "cpu/cpu_feature.h"
#include "cpu/cpu_model.h"
#include "tests/coverage/row_evidence.h"

namespace vireo {
namespace {

// What shows a feature apart from its instructions.
struct FeatureEvidence {
  const char* feature;
  const char* test_case;
};
constexpr FeatureEvidence kFeatureEvidence[] = {
#include "tests/coverage/feature_evidence.def"
};

struct Proof {
  bool rows = false, native = false, lacking = false;
  std::set<std::string> test_cases;
};

Proof proof_of(const CpuFeatureRow& feature, const RowUses& uses) {
  Proof proof;
  for (size_t i = 0; i < uses.rows.size(); ++i) {
    const OpcodeRow& row = opcode_rows()[i];
    if (row.feature != feature.feature) continue;
    proof.rows = true;
    const auto evidence = row_evidence(row, uses.rows[i]);
    if (proven_natively(uses.rows[i]))
      proof.native = true;
    else if (evidence.empty())
      proof.lacking = true;
    proof.test_cases.insert(evidence.begin(), evidence.end());
  }
  for (const FeatureEvidence& evidence : kFeatureEvidence) {
    if (feature.name != evidence.feature) continue;
    if (uses.test_cases.contains(evidence.test_case)) proof.test_cases.insert(evidence.test_case);
  }
  return proof;
}

std::string proof_text(const Proof& proof) {
  std::string text;
  if (proof.native) text = "its instructions on the host's processor";
  for (const std::string& name : proof.test_cases) {
    text += fmt::format("{}\"{}\"", text.empty() ? "" : "; ", name);
  }
  if (proof.lacking) text += text.empty() ? "not proven" : "; some instructions are not proven";
  return text.empty() ? "not proven" : text;
}

}  // namespace

std::string feature_table(const RowUses& uses) {
  const CpuModel max = CpuModel::named("max").value();
  std::string text = "| feature | offered by `-cpu max` | proven by |\n|---|---|---|\n";
  for (const CpuFeatureRow& feature : cpu_feature_rows()) {
    text += fmt::format("| {} | {} | {} |\n", feature.name, max.has(feature.feature) ? "yes" : "no",
                        proof_text(proof_of(feature, uses)));
  }
  return text;
}

}  // namespace vireo
