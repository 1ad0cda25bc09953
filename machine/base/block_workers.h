// Threads that wait for a disk while the machine runs on: the interface that devices use.
#pragma once

#include <cstdint>
#include <functional>

namespace vireo {

// Implemented by the host room. All calls come from the machine's thread. What a job changes may
// be looked at once it has been waited for.
class BlockWorkers {
 public:
  virtual ~BlockWorkers() = default;
  // Jobs begin in the order of the calls. With `alone` a job begins when those before it have
  // ended, and none begins until it has. The number is what to wait for.
  virtual uint64_t start(std::function<void()> job, bool alone) = 0;
  // Until the job has ended.
  virtual void wait(uint64_t job) = 0;
  virtual void wait_for_all() = 0;
  // Whether every job has ended.
  virtual bool idle() const = 0;
};

}  // namespace vireo
