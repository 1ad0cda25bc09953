// The driver lint: watches what a guest's driver does with one virtio device and reports what
// breaks the driver's rules of VirtIO 1.4.
#pragma once

#include <memory>
#include <vector>

#include "virtio/lint/lint_checker.h"
#include "virtio/lint/lint_report.h"
#include "virtio/lint/lint_session.h"
#include "virtio/lint/lint_subject.h"
#include "virtio/watch.h"

namespace vireo {

// Passes each step to the groups of rules, then remembers it. It only looks: a run with the
// lint is the run without it. Subject and report must outlive it.
class DriverLint final : public DriverWatch {
 public:
  DriverLint(const LintSubject& subject, LintReport& report);

  void on_access(const DriverAccess& access) override;
  void on_status(VirtioInterface via, uint8_t before, uint8_t written, uint8_t after) override;
  void on_features(VirtioInterface via, uint32_t word, uint32_t value) override;
  void on_queue_size(unsigned queue, uint16_t size) override;
  void on_queue_enabled(VirtioInterface via, unsigned queue, const QueueLayout& layout) override;
  void on_queue_reset(unsigned queue) override;
  void on_kick(VirtioInterface via, unsigned queue, uint32_t data) override;
  void on_chain(const WatchedChain& chain) override;
  void on_failure(const std::string& why) override;
  void on_reset(DriverReset kind) override;
  void on_loaded() override;

 private:
  void remember_config_read(const DriverAccess& access);
  void remember_common(const DriverAccess& access);
  void remember_order(const WatchedChain& chain);

  const LintSubject& subject_;
  LintSession session_;
  std::vector<std::unique_ptr<LintChecker>> checkers_;
};

}  // namespace vireo
