#include "machine/host/block_file_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "machine/host/fd_io.h"

namespace vireo {

Result<std::unique_ptr<BlockFileWriter>> BlockFileWriter::create(const std::string& path,
                                                                 const std::string& producer,
                                                                 const std::string& option) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!fd.valid()) {
    return Error{fmt::format("{}: {}", option,
                             errno_error("write", path, "name another file").message)};
  }
  const std::vector<std::byte> header = block_file_header(producer);
  if (auto written = write_fully_at(fd.get(), 0, header, path); !written) {
    return Error{fmt::format("{}: {}", option, written.error().message)};
  }
  return std::unique_ptr<BlockFileWriter>(
      new BlockFileWriter(std::move(fd), path, header.size()));
}

// The run itself waits most of the time, so that as many as there are processors is right.
BlockFileWriter::BlockFileWriter(UniqueFd fd, std::string path, uint64_t size)
    : fd_(std::move(fd)), path_(std::move(path)), size_(size) {
  const unsigned workers = std::clamp(std::thread::hardware_concurrency(), 1u, kMostWorkers);
  for (unsigned i = 0; i < workers; ++i) threads_.emplace_back([this, i] { work(i); });
}

BlockFileWriter::~BlockFileWriter() { stop(); }

void BlockFileWriter::write(std::vector<uint8_t> bytes, const BlockFileCounts& counts) {
  write([bytes = std::move(bytes), counts](unsigned) { return Block{bytes, counts}; });
}

void BlockFileWriter::write(Make make) {
  auto job = std::make_unique<Job>();
  job->make = std::move(make);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return jobs_.size() < kMostWaiting; });
  jobs_.push_back(std::move(job));
  changed_.notify_all();
}

void BlockFileWriter::Job::run(unsigned worker) {
  const Block block = std::exchange(make, {})(worker);
  packed = pack_block(block.bytes, block.counts);
  items = block.counts.items;
}

void BlockFileWriter::work(unsigned worker) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ended_ || taken_ < jobs_.size(); });
    if (taken_ == jobs_.size()) return;
    Job& job = *jobs_[taken_++];
    lock.unlock();
    if (!failed_) job.run(worker);
    lock.lock();
    job.ready = true;
    write_ready(lock);
  }
}

// From the first on, as far as they are ready. While one worker writes, others leave it to it.
void BlockFileWriter::write_ready(std::unique_lock<std::mutex>& lock) {
  if (writing_) return;
  writing_ = true;
  while (!jobs_.empty() && jobs_.front()->ready) {
    const Job& job = *jobs_.front();
    lock.unlock();
    if (outcome_) put(job);
    lock.lock();
    jobs_.pop_front();
    --taken_;
    changed_.notify_all();
  }
  writing_ = false;
}

void BlockFileWriter::put(const Job& job) {
  append(job.packed);
  if (!outcome_) {
    failed_ = true;
    return;
  }
  ++blocks_;
  items_ += job.items;
}

// What had no room is cut off again, so that the file ends between two blocks.
void BlockFileWriter::append(std::span<const std::byte> bytes) {
  outcome_ = write_fully_at(fd_.get(), size_, bytes, path_);
  if (outcome_) {
    size_ += bytes.size();
  } else {
    (void)!::ftruncate(fd_.get(), static_cast<off_t>(size_));
  }
}

void BlockFileWriter::stop() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

Result<void> BlockFileWriter::finish() {
  stop();
  if (outcome_) append(block_file_end(blocks_, items_));
  if (outcome_) return {};
  return Error{fmt::format("the trace is not complete: {}; make room there",
                           outcome_.error().message)};
}

}  // namespace vireo
