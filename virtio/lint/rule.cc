#include "virtio/lint/rule.h"

#include <fmt/format.h>

namespace vireo {
namespace {

constexpr LintRuleText kRules[] = {
#define RULE(name, id, force, section, text) {id, LintForce::force, section, text},
#include "virtio/lint/rules.def"
#undef RULE
};

}  // namespace

std::span<const LintRuleText> lint_rules() { return kRules; }

const LintRuleText& text_of(LintRule rule) { return kRules[static_cast<size_t>(rule)]; }

std::string lint_rules_help() {
  std::string help = "Rules of VirtIO 1.4 that drivers are watched for. The driver\n";
  for (const LintRuleText& rule : kRules) {
    help +=
        fmt::format("  {:<27} {} {} ({})\n", rule.id,
                    rule.force == LintForce::kMust ? "must" : "should", rule.text, rule.section);
  }
  return help;
}

}  // namespace vireo
