// Rules about block requests (VirtIO 1.4 section 5.2.6).
#pragma once

#include "virtio/blk/blk_protocol.h"
#include "virtio/lint/lint_checker.h"

namespace vireo {

class BlkChecker final : public LintChecker {
 public:
  using LintChecker::LintChecker;
  void on_chain(const WatchedChain& chain) override;

 private:
  // A request as its header and the lengths of its parts tell; `data` is without header
  // and status.
  struct Request {
    unsigned queue;
    uint32_t type;
    uint64_t sector;
    uint64_t data;
  };
  void check(const Request& request);
  void check_transfer(const Request& request, bool write);
  void check_segments(const Request& request, uint64_t feature, const char* name);
};

}  // namespace vireo
