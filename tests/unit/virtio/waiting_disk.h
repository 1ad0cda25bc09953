// A disk that says what may wait, and workers whose jobs run when the test wants: the extremes of
// what threads can do, without a thread.
#pragma once

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "machine/base/block_workers.h"
#include "tests/unit/virtio/vector_backend.h"

namespace vireo::testing {

class WaitingDisk : public VectorBackend {
 public:
  using VectorBackend::VectorBackend;
  bool may_wait(BlockOperation operation, uint64_t offset, uint64_t length) override {
    return waits && waits(operation, offset, length);
  }
  bool concurrent() const override { return several; }

  std::function<bool(BlockOperation, uint64_t offset, uint64_t length)> waits;
  bool several = true;
};

// Jobs run as soon or as late as they may.
class HandWorkers final : public BlockWorkers {
 public:
  explicit HandWorkers(bool early = false) : early_(early) {}

  uint64_t start(std::function<void()> job, bool alone) override {
    ++started;
    jobs_.push_back({started, std::move(job), alone});
    if (early_) wait_for_all();
    return started;
  }
  // What is alone comes in its turn, others before those that began earlier.
  void wait(uint64_t number) override {
    const auto at = find(number);
    if (at == jobs_.end()) return;
    if (at->alone) return run(jobs_.begin(), at + 1);
    run(at, at + 1);
  }
  void wait_for_all() override {
    while (!jobs_.empty()) wait(jobs_.back().number);
  }
  bool idle() const override { return jobs_.empty(); }

  uint64_t started = 0;

 private:
  struct Job {
    uint64_t number;
    std::function<void()> run;
    bool alone;
  };
  std::vector<Job>::iterator find(uint64_t number) {
    return std::find_if(jobs_.begin(), jobs_.end(),
                        [number](const Job& job) { return job.number == number; });
  }
  void run(std::vector<Job>::iterator begin, std::vector<Job>::iterator end) {
    for (auto at = begin; at != end; ++at) at->run();
    jobs_.erase(begin, end);
  }

  bool early_;
  std::vector<Job> jobs_;
};

}  // namespace vireo::testing
