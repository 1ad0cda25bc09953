// Rules about single register accesses: widths, read-only fields, which interface, the ISR and
// vectors (VirtIO 1.4 sections 2.5.1, 4.1.3.1, 4.1.4.3.2, 4.1.4.5.2, 4.1.5.1.2.2).
#pragma once

#include "virtio/lint/lint_checker.h"

namespace vireo {

class RegisterChecker final : public LintChecker {
 public:
  using LintChecker::LintChecker;
  void on_access(const DriverAccess& access) override;
  void on_status(VirtioInterface via, uint8_t before, uint8_t written, uint8_t after) override;

 private:
  void check_interface(const DriverAccess& access);
  void check_common(const DriverAccess& access);
  void check_vector(const DriverAccess& access);
  void check_isr(const DriverAccess& access);
};

}  // namespace vireo
