#include "machine/board/cpu_option.h"

#include <fmt/format.h>

#include "cpu/cpu_model.h"

namespace vireo {
namespace {

std::string list_features(uint64_t bits) {
  std::string text;
  size_t column = 0;
  for (const CpuFeatureRow& row : cpu_feature_rows()) {
    if (!(bits & feature_bit(row.feature))) continue;
    if (column + row.name.size() + 1 > 90) column = 0;
    text += column == 0 ? (text.empty() ? "    " : "\n    ") : " ";
    text += row.name;
    column += row.name.size() + 1;
  }
  return text + "\n";
}

}  // namespace

Result<void> check_cpu_option(std::string_view spec) {
  const auto model = CpuModel::parse(spec);
  if (!model) return model.error();
  return {};
}

std::vector<std::string_view> cpu_model_names() { return CpuModel::names(); }

Result<std::vector<std::pair<std::string_view, bool>>> cpu_option_features(std::string_view spec) {
  const auto model = CpuModel::parse(spec);
  if (!model) return model.error();
  std::vector<std::pair<std::string_view, bool>> features;
  for (const CpuFeatureRow& row : cpu_feature_rows()) {
    features.emplace_back(row.name, model->has(row.feature));
  }
  return features;
}

std::string cpu_option_help() {
  std::string text = "CPU models and their features:\n";
  for (const std::string_view name : CpuModel::names()) {
    text += fmt::format("  {}\n{}", name, list_features(CpuModel::named(name).value().features()));
  }
  return text +
         "-cpu MODEL[,+FEATURE][,-FEATURE][,FEATURE=on|off] changes a model's features: adding\n"
         "one adds what it needs, removing one removes what needs it. An instruction whose\n"
         "feature is removed is undefined.\n";
}

}  // namespace vireo
