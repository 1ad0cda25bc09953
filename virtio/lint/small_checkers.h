// Rules about what the drivers of small devices offer: entropy, console, balloon and sockets
// (VirtIO 1.4 sections 5.4.6, 5.3.6, 5.5.6 and 5.10.6).
#pragma once

#include "virtio/lint/lint_checker.h"

namespace vireo {

class RngChecker final : public LintChecker {
 public:
  using LintChecker::LintChecker;
  void on_chain(const WatchedChain& chain) override;
};

class ConsoleChecker final : public LintChecker {
 public:
  using LintChecker::LintChecker;
  void on_chain(const WatchedChain& chain) override;

 private:
  void check_control(const WatchedChain& chain);
};

class BalloonChecker final : public LintChecker {
 public:
  using LintChecker::LintChecker;
  void on_chain(const WatchedChain& chain) override;

 private:
  void check_pages(const WatchedChain& chain, uint64_t bytes);
};

class VsockChecker final : public LintChecker {
 public:
  using LintChecker::LintChecker;
  void on_chain(const WatchedChain& chain) override;

 private:
  void check_packet(const WatchedChain& chain, uint64_t bytes);
};

}  // namespace vireo
