#include "virtio/lint/lint_report.h"

#include <fmt/format.h>

#include <algorithm>

namespace vireo {
namespace {

std::string_view force_word(LintForce force) {
  return force == LintForce::kMust ? "must" : "should";
}

std::string place_line(const GuestPlace& place) {
  return fmt::format("  at RIP {:#018x} of vCPU {}, instruction {}, {}.{:09} s", place.rip,
                     place.cpu, place.instructions, place.time_ns / 1'000'000'000,
                     place.time_ns % 1'000'000'000);
}

}  // namespace

LintReport::Device& LintReport::device(std::string_view name) {
  const auto at = std::find_if(devices_.begin(), devices_.end(),
                               [&](const Device& d) { return d.name == name; });
  if (at != devices_.end()) return *at;
  return devices_.emplace_back(Device{std::string(name), {}});
}

void LintReport::add_device(std::string_view name) { device(name); }

void LintReport::breach(LintRule rule, std::string_view name, std::string_view state) {
  if (++device(name).counts[rule] > 1) return;
  const LintRuleText& text = text_of(rule);
  line_(fmt::format("virtio-lint: {}: {}: the driver {} {} (VirtIO 1.4, {})", name, text.id,
                    force_word(text.force), text.text, text.section));
  line_(fmt::format("  seen: {}", state));
  line_(place_line(place_()));
}

uint64_t LintReport::count(LintRule rule, std::string_view name) const {
  for (const Device& device : devices_) {
    const auto at = device.counts.find(rule);
    if (device.name == name) return at == device.counts.end() ? 0 : at->second;
  }
  return 0;
}

void LintReport::summarise() const {
  size_t clean = 0;
  for (const Device& device : devices_) {
    if (device.counts.empty()) {
      ++clean;
      continue;
    }
    std::string list;
    for (const auto& [rule, count] : device.counts) {
      list += fmt::format("{} {} x{}", list.empty() ? ":" : ",", text_of(rule).id, count);
    }
    line_(fmt::format("virtio-lint: {}{}", device.name, list));
  }
  line_(fmt::format("virtio-lint: {} of {} drivers clean, {} rules watched", clean, devices_.size(),
                    lint_rules().size()));
}

}  // namespace vireo
