#include "tests/coverage/feature_table.h"

#include <fmt/format.h>

#include <set>

#include "cpu/cpu_feature.h"
#include "cpu/cpu_model.h"
#include "cpu/state/cpu_state.h"
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

struct FixedFeature {
  const char* name;
  uint32_t leaf;
  CpuidRegister reg;
  unsigned position;
};
constexpr FixedFeature kFixedFeatures[] = {
#include "tests/coverage/fixed_features.def"
};

struct Proof {
  bool rows = false, native = false, lacking = false;
  std::set<std::string> test_cases;
};

void add_test_cases(std::string_view feature, const RowUses& uses, Proof& proof) {
  for (const FeatureEvidence& evidence : kFeatureEvidence) {
    if (feature != evidence.feature) continue;
    if (uses.test_cases.contains(evidence.test_case)) proof.test_cases.insert(evidence.test_case);
  }
}

Proof proof_of(const CpuFeatureRow& feature, const RowUses& uses) {
  Proof proof;
  for (size_t i = 0; i < uses.rows.size(); ++i) {
    const OpcodeRow& row = opcode_rows()[i];
    if (row.feature != feature.feature) continue;
    proof.rows = true;
    const auto evidence = row_evidence(row, uses.rows[i]);
    // The table is that of a host which has it all.
    if (proven_natively(uses.rows[i]) || host_lacks(row, uses))
      proof.native = true;
    else if (evidence.empty())
      proof.lacking = true;
    proof.test_cases.insert(evidence.begin(), evidence.end());
  }
  add_test_cases(feature.name, uses, proof);
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

constexpr CpuidRegister kRegisters[] = {CpuidRegister::kEax, CpuidRegister::kEbx,
                                        CpuidRegister::kEcx, CpuidRegister::kEdx};

uint32_t value_of(const CpuidResult& result, CpuidRegister reg) {
  const uint32_t words[] = {result.eax, result.ebx, result.ecx, result.edx};
  return words[static_cast<unsigned>(reg)];
}

// Whether the register holds features, each a bit, rather than numbers.
bool holds_features(uint32_t leaf, CpuidRegister reg) {
  const bool edx = reg == CpuidRegister::kEdx, ecx = reg == CpuidRegister::kEcx;
  if (leaf == 7) return reg != CpuidRegister::kEax;
  if (leaf == 0xd) return reg == CpuidRegister::kEax;
  return edx || (ecx && leaf != 0x80000007);
}

// The bits of the register that have a name, here or in the processor's table.
uint32_t named_bits(uint32_t leaf, CpuidRegister reg) {
  uint32_t bits = 0;
  for (const CpuFeatureRow& row : cpu_feature_rows()) {
    if (row.leaf == leaf && row.reg == reg) bits |= 1u << row.position;
  }
  for (const FixedFeature& fixed : kFixedFeatures) {
    if (fixed.leaf == leaf && fixed.reg == reg) bits |= 1u << fixed.position;
  }
  return bits;
}

// What the largest model shows, with all of its state on and several threads.
CpuidResult largest(uint32_t leaf) {
  CpuidContext context;
  context.cr4 = kCr4Osxsave | kCr4Pke;
  context.topology.threads = 2;
  return cpuid(CpuModel::named("max").value(), leaf, leaf == 0xd ? 1 : 0, context);
}

// A line for each bit that has no name, and so no proof.
std::string nameless_features() {
  std::string text;
  for (const uint32_t leaf : {1u, 7u, 0xdu, 0x80000001u, 0x80000007u}) {
    const CpuidResult result = largest(leaf);
    for (const CpuidRegister reg : kRegisters) {
      if (!holds_features(leaf, reg)) continue;
      const uint32_t bits = value_of(result, reg) & ~named_bits(leaf, reg);
      if (bits == 0) continue;
      text += fmt::format("| bits {:#x} of register {} in leaf {:#x} | yes | not proven |\n", bits,
                          static_cast<unsigned>(reg), leaf);
    }
  }
  return text;
}

}  // namespace

std::string feature_table(const RowUses& uses) {
  const CpuModel max = CpuModel::named("max").value();
  std::string text = "| feature | offered by `-cpu max` | proven by |\n|---|---|---|\n";
  for (const FixedFeature& fixed : kFixedFeatures) {
    Proof proof;
    add_test_cases(fixed.name, uses, proof);
    const bool shown = value_of(largest(fixed.leaf), fixed.reg) >> fixed.position & 1;
    text += fmt::format("| {} | {} | {} |\n", fixed.name, shown ? "always" : "no",
                        proof_text(proof));
  }
  for (const CpuFeatureRow& feature : cpu_feature_rows()) {
    text += fmt::format("| {} | {} | {} |\n", feature.name, max.has(feature.feature) ? "yes" : "no",
                        proof_text(proof_of(feature, uses)));
  }
  return text + nameless_features();
}

}  // namespace vireo
