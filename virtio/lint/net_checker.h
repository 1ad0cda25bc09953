// Rules about network frames, receive buffers and control commands (VirtIO 1.4 sections 5.1.9.2.1,
// 5.1.9.3.1 and 5.1.9.5).
#pragma once

#include "virtio/lint/lint_checker.h"

namespace vireo {

class NetChecker final : public LintChecker {
 public:
  using LintChecker::LintChecker;
  void on_chain(const WatchedChain& chain) override;

 private:
  bool is_control(unsigned queue) const;
  size_t header_bytes() const;
  void check_receive(const WatchedChain& chain);
  void check_transmit(const WatchedChain& chain);
  void check_control(const WatchedChain& chain);
  void check_pairs(const WatchedChain& chain);
  void check_offloads(const WatchedChain& chain);
};

}  // namespace vireo
