// Rules about how drivers ask input devices and take their events (VirtIO 1.4 section 5.8).
#pragma once

#include "virtio/lint/lint_checker.h"

namespace vireo {

class InputChecker final : public LintChecker {
 public:
  using LintChecker::LintChecker;
  void on_access(const DriverAccess& access) override;
  void on_chain(const WatchedChain& chain) override;
  void on_reset(DriverReset kind) override;
  void on_loaded() override { on_reset(DriverReset::kFunction); }

 private:
  void note_write(const DriverAccess& access);
  void check_read(const DriverAccess& access);

  // What a driver did for the question of now.
  struct Question {
    bool select = false, subsel = false;  // were written
    bool size = false, answer = false;    // were read
  };
  Question question_;
};

}  // namespace vireo
