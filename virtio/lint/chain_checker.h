// Rules about descriptors and chains, split and packed (VirtIO 1.4 sections 2.7.4 to 2.7.9, 2.8).
#pragma once

#include "virtio/lint/lint_checker.h"

namespace vireo {

class ChainChecker final : public LintChecker {
 public:
  using LintChecker::LintChecker;
  void on_chain(const WatchedChain& chain) override;
  void on_failure(const std::string& why) override;

 private:
  void check_flags(const WatchedChain& chain, const WatchedDescriptor& descriptor);
  void check_indirect(const WatchedChain& chain, const WatchedDescriptor& descriptor);
  void check_memory(const WatchedChain& chain, const WatchedDescriptor& descriptor);
  void check_whole(const WatchedChain& chain);
  void check_order(const WatchedChain& chain);
};

}  // namespace vireo
