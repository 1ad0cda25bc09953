// Rules about the order of initialisation: status bits and features (VirtIO 1.4 sections 2.1,
// 2.2, 3.1.1).
#pragma once

#include "virtio/lint/lint_checker.h"

namespace vireo {

class InitChecker final : public LintChecker {
 public:
  using LintChecker::LintChecker;
  void on_access(const DriverAccess& access) override;
  void on_status(VirtioInterface via, uint8_t before, uint8_t written, uint8_t after) override;
  void on_features(VirtioInterface via, uint32_t word, uint32_t value) override;

 private:
  void check_restart(uint8_t written);
  void check_bits(uint8_t before, uint8_t written);
  void check_modern_steps(uint8_t before, uint8_t written);
  void check_accepted(uint64_t offered);
};

}  // namespace vireo
