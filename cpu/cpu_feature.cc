#include "cpu/cpu_feature.h"

#include <algorithm>
#include <array>

namespace vireo {
namespace {

// Names by which other tools and manuals call a feature.
struct Alias {
  std::string_view name;
  CpuFeature feature;
};
constexpr auto kAliases = std::to_array<Alias>({
    {"pni", kFeatSse3},
    {"lzcnt", kFeatLzcnt},
    {"tsc-deadline", kFeatTscDeadline},
    {"prefetchw", kFeatPrefetchw},
    {"cmpxchg16b", kFeatCx16},
    {"pclmul", kFeatPclmul},
    {"sha", kFeatSha},
});

// In the order of dependence: a row's needs stand in rows before it.
constexpr auto kNeeds = std::to_array<CpuFeatureNeed>({
    {kFeatSse, kFeatFxsr},       {kFeatSse2, kFeatSse},       {kFeatSse3, kFeatSse2},
    {kFeatSsse3, kFeatSse3},     {kFeatSse41, kFeatSsse3},    {kFeatSse42, kFeatSse41},
    {kFeatAes, kFeatSse2},       {kFeatPclmul, kFeatSse2},    {kFeatSha, kFeatSse2},
    {kFeatXsaveopt, kFeatXsave}, {kFeatXsavec, kFeatXsave},   {kFeatXgetbv1, kFeatXsave},
    {kFeatAvx, kFeatXsave},      {kFeatAvx, kFeatSse42},      {kFeatAvx2, kFeatAvx},
    {kFeatFma, kFeatAvx},        {kFeatF16c, kFeatAvx},
});

constexpr char plain(char c) { return c == '_' || c == '.' ? '-' : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return plain(x) == plain(y); });
}

}  // namespace

std::span<const CpuFeatureRow> cpu_feature_rows() {
  static constexpr auto kRows = std::to_array<CpuFeatureRow>({
#define VIREO_FEATURE(id, name, leaf, reg, position) \
  {id, name, leaf, CpuidRegister::kE##reg, position},
#include "cpu/cpu_features.def"
#undef VIREO_FEATURE
  });
  return kRows;
}

std::optional<CpuFeature> cpu_feature_named(std::string_view name) {
  for (const CpuFeatureRow& row : cpu_feature_rows()) {
    if (same_name(row.name, name)) return row.feature;
  }
  for (const Alias& alias : kAliases) {
    if (same_name(alias.name, name)) return alias.feature;
  }
  return std::nullopt;
}

std::string_view cpu_feature_name(CpuFeature feature) {
  for (const CpuFeatureRow& row : cpu_feature_rows()) {
    if (row.feature == feature) return row.name;
  }
  return "";
}

std::vector<std::string_view> cpu_feature_names() {
  std::vector<std::string_view> names;
  for (const CpuFeatureRow& row : cpu_feature_rows()) names.push_back(row.name);
  return names;
}

std::span<const CpuFeatureNeed> cpu_feature_needs() { return kNeeds; }

}  // namespace vireo
