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
