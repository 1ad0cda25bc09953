#include "machine/host/block_file_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

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

BlockFileWriter::BlockFileWriter(UniqueFd fd, std::string path, uint64_t size)
    : fd_(std::move(fd)), path_(std::move(path)), size_(size), thread_([this] { work(); }) {}

BlockFileWriter::~BlockFileWriter() { stop(); }

void BlockFileWriter::write(std::vector<uint8_t> bytes, const BlockFileCounts& counts) {
  write([bytes = std::move(bytes), counts] { return Block{bytes, counts}; });
}

void BlockFileWriter::write(std::function<Block()> make) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.size() < kMostWaiting; });
  waiting_.push_back(std::move(make));
  changed_.notify_all();
}

void BlockFileWriter::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    auto make = std::move(waiting_.front());
    lock.unlock();
    if (outcome_) {
      const Block next = make();
      // Each eighth block is tried again, as the guest may do something else now.
      const auto packed = pack_block(next.bytes, next.counts, hardly_ && blocks_ % 8 != 0);
      hardly_ = packed_hardly(packed.size(), next.bytes.size());
      append(packed);
      if (outcome_) ++blocks_;
      if (outcome_) items_ += next.counts.items;
    }
    make = {};
    lock.lock();
    waiting_.pop_front();
    changed_.notify_all();
  }
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
  if (thread_.joinable()) thread_.join();
}

Result<void> BlockFileWriter::finish() {
  stop();
  if (outcome_) append(block_file_end(blocks_, items_));
  if (outcome_) return {};
  return Error{fmt::format("the trace is not complete: {}; make room there",
                           outcome_.error().message)};
}

}  // namespace vireo
