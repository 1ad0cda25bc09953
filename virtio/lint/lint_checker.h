// Base of the groups of rules: an observer that looks at the session and reports breaches.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "virtio/lint/lint_report.h"
#include "virtio/lint/lint_session.h"
#include "virtio/lint/lint_subject.h"
#include "virtio/watch.h"

namespace vireo {

// What all groups for one device share. Everything outlives the checkers.
struct LintContext {
  const LintSubject& subject;
  const LintSession& session;
  LintReport& report;
};

// A group sees each step before the session takes it in.
class LintChecker : public DriverWatch {
 public:
  explicit LintChecker(const LintContext& context) : context_(context) {}

 protected:
  const LintSubject& subject() const { return context_.subject; }
  const LintSession& session() const { return context_.session; }
  // Reports a breach of `rule`; the rest says, as for fmt::format, what was seen.
  template <typename... Args>
  void breach(LintRule rule, fmt::format_string<Args...> format, Args&&... args) {
    context_.report.breach(rule, subject().name(),
                           fmt::format(format, std::forward<Args>(args)...));
  }
  // The head of the device configuration as a value; what the configuration lacks is 0.
  template <typename T>
  T config_head() const {
    const std::vector<std::byte> bytes = subject().config();
    T value{};
    std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
    return value;
  }
  bool legacy() const { return session().interface == VirtioInterface::kLegacy; }
  bool in_force(uint64_t feature) const { return (subject().features() & feature) != 0; }

 private:
  LintContext context_;
};

}  // namespace vireo
