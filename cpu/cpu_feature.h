// The features of a processor that a model may have or lack: what CPUID shows of
// them, and what gates instructions, control register bits and MSRs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace vireo {

// 0 is "always there". The rows are in cpu/cpu_features.def.
enum CpuFeature : uint8_t {
  kFeatNone = 0,
#define VIREO_FEATURE(id, name, leaf, reg, position) id,
#include "cpu/cpu_features.def"
#undef VIREO_FEATURE
  kFeatCount
};
static_assert(kFeatCount <= 64, "CpuModel keeps them as the bits of one word");

// Where CPUID shows a feature.
enum class CpuidRegister : uint8_t { kEax, kEbx, kEcx, kEdx };

struct CpuFeatureRow {
  CpuFeature feature;
  std::string_view name;  // as Linux shows it in /proc/cpuinfo, and -cpu takes it
  uint32_t leaf;          // subleaf 0, or 1 for leaf 0xd
  CpuidRegister reg;
  unsigned position;  // of the bit
};
std::span<const CpuFeatureRow> cpu_feature_rows();

// By its name or by another one that is in use; '_', '-' and '.' are the same in
// names.
std::optional<CpuFeature> cpu_feature_named(std::string_view name);
std::string_view cpu_feature_name(CpuFeature feature);
std::vector<std::string_view> cpu_feature_names();

// What makes no sense without something else: AVX without XSAVE (SDM 1, 14.3).
struct CpuFeatureNeed {
  CpuFeature feature, needs;
};
std::span<const CpuFeatureNeed> cpu_feature_needs();

}  // namespace vireo
