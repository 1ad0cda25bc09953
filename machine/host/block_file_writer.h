// Writes a block file while the machine runs: blocks are made and packed on threads of their
// own, a few of them behind, and written in order.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "machine/base/block_file.h"
#include "machine/base/result.h"
#include "machine/host/unique_fd.h"

namespace vireo {

class BlockFileWriter {
 public:
  // More would wait for the run, which makes a few hundred megabytes a second.
  static constexpr unsigned kMostWorkers = 8;
  static constexpr size_t kMostWaiting = kMostWorkers + 2;

  // Creates or empties the file and writes its header. `option` begins the error.
  static Result<std::unique_ptr<BlockFileWriter>> create(const std::string& path,
                                                         const std::string& producer,
                                                         const std::string& option);
  ~BlockFileWriter();

  struct Block {
    std::vector<uint8_t> bytes;
    BlockFileCounts counts;
  };
  // Makes a block on the thread of worker `worker`, below kMostWorkers: several work at once, and
  // in any order. The file must not tell how many there were.
  using Make = std::function<Block(unsigned worker)>;
  // Takes a block, to stand in the file in the order of the calls; waits while kMostWaiting are
  // not yet written. Once a write has failed, as on a full disk, blocks are dropped, unmade: the
  // file then ends with its last whole block.
  void write(Make make);
  void write(std::vector<uint8_t> bytes, const BlockFileCounts& counts);
  // Writes what waits and the end mark; an error when anything was lost. Nothing may follow.
  Result<void> finish();

 private:
  struct Job {
    Make make;
    std::vector<std::byte> packed;
    uint64_t items = 0;
    bool ready = false;
    void run(unsigned worker);
  };
  BlockFileWriter(UniqueFd fd, std::string path, uint64_t size);
  void work(unsigned worker);
  void write_ready(std::unique_lock<std::mutex>& lock);
  void put(const Job& job);
  void append(std::span<const std::byte> bytes);
  void stop();

  UniqueFd fd_;
  std::string path_;
  // Of whoever writes, one at a time:
  uint64_t size_;  // what has been written and is good
  uint64_t blocks_ = 0, items_ = 0;
  Result<void> outcome_;  // the first failure
  std::atomic<bool> failed_ = false;

  std::mutex mutex_;  // for what follows
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Job>> jobs_;  // the first `taken_` are made or were
  size_t taken_ = 0;
  bool writing_ = false, ended_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace vireo
