#include "machine/host/worker_threads.h"

#include <pthread.h>
#include <signal.h>

#include <utility>

namespace vireo {

WorkerThreads::~WorkerThreads() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

uint64_t WorkerThreads::start(std::function<void()> job, bool alone) {
  const std::lock_guard lock(mutex_);
  const uint64_t number = next_number_++;
  unfinished_.insert(number);
  waiting_.push_back({number, std::move(job), alone});
  if (unfinished_.size() > threads_.size() && threads_.size() < most_) add_thread();
  changed_.notify_one();
  return number;
}

// A new thread begins with the signal mask of the one that makes it.
void WorkerThreads::add_thread() {
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  threads_.emplace_back([this] { work(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

bool WorkerThreads::next_may_begin() const {
  if (waiting_.empty() || one_alone_) return false;
  return running_ == 0 || !waiting_.front().alone;
}

void WorkerThreads::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return next_may_begin() || (closing_ && waiting_.empty()); });
    if (!next_may_begin()) return;
    const Job job = std::move(waiting_.front());
    waiting_.pop_front();
    ++running_;
    one_alone_ = job.alone;
    lock.unlock();
    job.run();
    lock.lock();
    --running_;
    one_alone_ = false;
    unfinished_.erase(job.number);
    ended_.notify_all();
    changed_.notify_all();
  }
}

void WorkerThreads::wait(uint64_t job) {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [&] { return !unfinished_.contains(job); });
}

void WorkerThreads::wait_for_all() {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return unfinished_.empty(); });
}

bool WorkerThreads::idle() const {
  const std::lock_guard lock(mutex_);
  return unfinished_.empty();
}

}  // namespace vireo
