#include "tests/unit/cpu/native/host_features.h"

#include <doctest/doctest.h>

#include <set>

#include "cpu/cpu_feature.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace vireo {
namespace {

#if defined(__x86_64__)

bool shown_by_cpuid(const CpuFeatureRow& row) {
  unsigned words[4] = {};
  const unsigned subleaf = row.leaf == 0xd ? 1 : 0;
  if (!__get_cpuid_count(row.leaf, subleaf, &words[0], &words[1], &words[2], &words[3])) {
    return false;
  }
  return words[static_cast<unsigned>(row.reg)] >> row.position & 1;
}

bool needs_ymm(CpuFeature feature) {
  return feature == kFeatAvx || feature == kFeatAvx2 || feature == kFeatFma ||
         feature == kFeatF16c;
}

bool has_row(const CpuFeatureRow& row) {
  return shown_by_cpuid(row) && (!needs_ymm(row.feature) || __builtin_cpu_supports("avx"));
}

#else

bool has_row(const CpuFeatureRow&) { return false; }

#endif

}  // namespace

bool host_has(uint8_t feature) {
  for (const CpuFeatureRow& row : cpu_feature_rows()) {
    if (row.feature == feature) return has_row(row);
  }
  return true;
}

bool host_can_run(const OpcodeRow& row) {
  if (host_has(row.feature)) return true;
  static std::set<const OpcodeRow*> told;
  if (told.insert(&row).second) MESSAGE("the host lacks " << row.name);
  return false;
}

}  // namespace vireo
