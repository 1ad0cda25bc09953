// The rules of the driver lint as data: what VirtIO 1.4 demands of a driver.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace vireo {

enum class LintRule : uint8_t {
#define RULE(name, id, force, section, text) name,
#include "virtio/lint/rules.def"
#undef RULE
};

// How strongly the specification demands it (RFC 2119).
enum class LintForce : uint8_t { kMust, kShould };

struct LintRuleText {
  std::string_view id;
  LintForce force;
  std::string_view section;  // of VirtIO 1.4
  std::string_view text;     // completes "The driver must ..."
};

std::span<const LintRuleText> lint_rules();
const LintRuleText& text_of(LintRule rule);

// All rules with their sections, a line or two each: for `-virtio-lint help`.
std::string lint_rules_help();

}  // namespace vireo
