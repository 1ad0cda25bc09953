// Threads that wait for a disk.
#include "machine/host/worker_threads.h"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace vireo {
namespace {

// Jobs meet here: each waits until so many have come.
class Meeting {
 public:
  explicit Meeting(unsigned wanted) : wanted_(wanted) {}
  void come() {
    std::unique_lock lock(mutex_);
    ++there_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return there_ >= wanted_; });
  }

 private:
  const unsigned wanted_;
  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned there_ = 0;
};

TEST_CASE("worker threads: several jobs run at once, and each can be waited for") {
  WorkerThreads workers(4);
  Meeting meeting(4);
  unsigned done[4] = {};
  uint64_t jobs[4];
  for (unsigned i = 0; i < 4; ++i) {
    jobs[i] = workers.start(
        [&meeting, &done, i] {
          meeting.come();
          done[i] = i + 1;
        },
        false);
  }
  for (unsigned i = 4; i-- > 0;) {
    workers.wait(jobs[i]);
    CHECK(done[i] == i + 1);
  }
  CHECK(workers.idle());
}

TEST_CASE("worker threads: a job that is to be alone comes after all before it") {
  WorkerThreads workers(8);
  std::vector<unsigned> order;  // guarded by being alone
  std::atomic<unsigned> before = 0;
  for (unsigned round = 0; round < 50; ++round) {
    for (unsigned i = 0; i < 5; ++i) workers.start([&before] { ++before; }, false);
    for (unsigned i = 0; i < 3; ++i) {
      workers.start([&order, &before] { order.push_back(before); }, true);
    }
  }
  workers.wait_for_all();
  REQUIRE(order.size() == 150);
  for (unsigned i = 0; i < 150; ++i) CHECK(order[i] == i / 3 * 5 + 5);
}

TEST_CASE("worker threads: the end waits for every job") {
  std::atomic<unsigned> done = 0;
  {
    WorkerThreads workers(2);
    for (unsigned i = 0; i < 100; ++i) workers.start([&done] { ++done; }, i % 7 == 0);
  }
  CHECK(done == 100);
}

TEST_CASE("worker threads: without a job there is nothing to wait for") {
  WorkerThreads workers(8);
  CHECK(workers.idle());
  workers.wait_for_all();
  workers.wait(workers.start([] {}, true));
  CHECK(workers.idle());
}

}  // namespace
}  // namespace vireo
