// What stands behind -cpu: a model's name and changes to its features.
//
// Features depend on each other. Asking for one brings what it needs; taking one
// away takes what needs it. To ask for a feature and take away what it needs is
// an error. Of two wishes for one feature the later counts, as in QEMU.
#include <fmt/format.h>

#include "cpu/cpu_model.h"
#include "machine/base/nearest_name.h"

namespace vireo {
namespace {

struct Wishes {
  uint64_t on = 0, off = 0;
};

// One of "+feature", "-feature", "feature", "feature=on", "feature=off".
struct Wish {
  std::string_view name;
  bool on = true;
  bool valid = true;
};

Wish split(std::string_view text) {
  if (text.starts_with('+')) return {text.substr(1), true};
  if (text.starts_with('-')) return {text.substr(1), false};
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {text, true};
  const std::string_view value = text.substr(equals + 1);
  const bool on = value == "on" || value == "true" || value == "yes";
  const bool off = value == "off" || value == "false" || value == "no";
  return {text.substr(0, equals), on, on || off};
}

Error unknown_feature(std::string_view name) {
  return Error{fmt::format("-cpu: unknown feature '{}'; the nearest is '{}' (-cpu help lists them)",
                           name, nearest_name(name, cpu_feature_names()))};
}

Result<void> take(std::string_view text, uint64_t possible, Wishes& wishes) {
  const Wish wish = split(text);
  if (!wish.valid) {
    return Error{fmt::format("-cpu: '{}' is neither {}=on nor {}=off", text, wish.name, wish.name)};
  }
  const auto feature = cpu_feature_named(wish.name);
  if (!feature) return unknown_feature(wish.name);
  const uint64_t bit = feature_bit(*feature);
  if (wish.on && !(possible & bit)) {
    return Error{fmt::format("-cpu: this processor core cannot do {}", cpu_feature_name(*feature))};
  }
  (wish.on ? wishes.on : wishes.off) |= bit;
  (wish.on ? wishes.off : wishes.on) &= ~bit;
  return {};
}

// The rows stand in the order of dependence: backwards they find all that a
// feature needs, forwards all that needs it.
uint64_t with_needs(uint64_t bits) {
  const auto needs = cpu_feature_needs();
  for (size_t i = needs.size(); i-- > 0;) {
    if (bits & feature_bit(needs[i].feature)) bits |= feature_bit(needs[i].needs);
  }
  return bits;
}

uint64_t without_unmet(uint64_t bits) {
  for (const CpuFeatureNeed& need : cpu_feature_needs()) {
    if (!(bits & feature_bit(need.needs))) bits &= ~feature_bit(need.feature);
  }
  return bits;
}

Result<CpuModel> resolve(const CpuModel& model, const Wishes& wishes) {
  const uint64_t wanted = with_needs(wishes.on);
  for (const CpuFeatureRow& row : cpu_feature_rows()) {
    if (!(wanted & wishes.off & feature_bit(row.feature))) continue;
    for (const CpuFeatureRow& asked : cpu_feature_rows()) {
      const uint64_t bit = feature_bit(asked.feature);
      if (!(wishes.on & bit) || !(with_needs(bit) & feature_bit(row.feature))) continue;
      return Error{fmt::format("-cpu: {} needs {}, which is taken away", asked.name, row.name)};
    }
  }
  return model.with_features(without_unmet((model.features() | wanted) & ~wishes.off));
}

Error unknown_model(std::string_view name) {
  const auto names = CpuModel::names();
  return Error{fmt::format("-cpu: unknown model '{}'; the nearest is '{}' (there are {})", name,
                           nearest_name(name, names), fmt::join(names, ", "))};
}

}  // namespace

Result<CpuModel> CpuModel::parse(std::string_view spec) {
  const size_t end = spec.find(',');
  const auto model = named(spec.substr(0, end));
  if (!model) return unknown_model(spec.substr(0, end));
  const uint64_t possible = named("max").value().features();
  Wishes wishes;
  for (size_t comma = end; comma != std::string_view::npos;) {
    const size_t next = spec.find(',', comma + 1);
    const auto taken = take(spec.substr(comma + 1, next - comma - 1), possible, wishes);
    if (!taken) return taken.error();
    comma = next;
  }
  return resolve(*model, wishes);
}

}  // namespace vireo
