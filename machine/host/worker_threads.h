// Threads that make a disk's transfers, so that the machine's own need not wait for them.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "machine/base/block_workers.h"

namespace vireo {

// A thread is made when a job finds none free, up to `most` of them: a disk that never has to
// wait costs no thread. Signals go to the other threads of the process.
class WorkerThreads final : public BlockWorkers {
 public:
  explicit WorkerThreads(unsigned most) : most_(most) {}
  // Ends when all jobs have.
  ~WorkerThreads() override;

  uint64_t start(std::function<void()> job, bool alone) override;
  void wait(uint64_t job) override;
  void wait_for_all() override;
  bool idle() const override;

 private:
  struct Job {
    uint64_t number;
    std::function<void()> run;
    bool alone;
  };
  void add_thread();
  void work();
  bool next_may_begin() const;

  const unsigned most_;
  mutable std::mutex mutex_;  // for what follows
  std::condition_variable changed_, ended_;
  std::deque<Job> waiting_;
  std::set<uint64_t> unfinished_;  // waiting or running
  unsigned running_ = 0;
  bool one_alone_ = false;  // the running one is to be alone
  bool closing_ = false;
  uint64_t next_number_ = 1;
  std::vector<std::thread> threads_;
};

}  // namespace vireo
