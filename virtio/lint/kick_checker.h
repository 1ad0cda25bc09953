// Rules about a driver's notifications (VirtIO 1.4 sections 2.7.10.1, 3.1.1, 4.1.5.2).
#pragma once

#include "virtio/lint/lint_checker.h"

namespace vireo {

class KickChecker final : public LintChecker {
 public:
  using LintChecker::LintChecker;
  void on_access(const DriverAccess& access) override;
  void on_kick(VirtioInterface via, unsigned queue, uint32_t data) override;

 private:
  void check_value(const DriverAccess& access);
  void check_ring(unsigned queue, const QueueLayout& layout);
};

}  // namespace vireo
