// Rules about setting up queues (VirtIO 1.4 sections 2.6.1, 2.7.1, 2.8.11, 4.1.4.3.2).
#pragma once

#include <array>

#include "virtio/lint/lint_checker.h"

namespace vireo {

class QueueChecker final : public LintChecker {
 public:
  using LintChecker::LintChecker;
  void on_access(const DriverAccess& access) override;
  void on_queue_size(unsigned queue, uint16_t size) override;
  void on_queue_enabled(VirtioInterface via, unsigned queue, const QueueLayout& layout) override;
  void on_queue_reset(unsigned queue) override;

 private:
  struct Part {
    const char* name;
    GuestAddr addr;
    uint64_t bytes;
    unsigned align;
  };
  void check_queue_write(const DriverAccess& access);
  void check_time(unsigned queue);
  void check_parts(unsigned queue, const QueueLayout& layout);
  void check_apart(unsigned queue, const QueueLayout& layout);
  std::array<Part, 3> parts_of(const QueueLayout& layout) const;
};

}  // namespace vireo
