// Writes a block file while the machine runs: packing and writing happen on a thread of their
// own, a few blocks behind.
#pragma once

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
  // Creates or empties the file and writes its header. `option` begins the error.
  static Result<std::unique_ptr<BlockFileWriter>> create(const std::string& path,
                                                         const std::string& producer,
                                                         const std::string& option);
  ~BlockFileWriter();

  struct Block {
    std::vector<uint8_t> bytes;
    BlockFileCounts counts;
  };
  // Takes a block, which `make` makes on the thread, in the order of the calls; waits while
  // kMostWaiting are not yet written. Once a write has failed, as on a full disk, blocks are
  // dropped, unmade: the file then ends with its last whole block.
  void write(std::function<Block()> make);
  void write(std::vector<uint8_t> bytes, const BlockFileCounts& counts);
  // Writes what waits and the end mark; an error when anything was lost. Nothing may follow.
  Result<void> finish();

  static constexpr size_t kMostWaiting = 4;

 private:
  BlockFileWriter(UniqueFd fd, std::string path, uint64_t size);
  void work();
  void append(std::span<const std::byte> bytes);
  void stop();

  UniqueFd fd_;
  std::string path_;
  uint64_t size_;  // what has been written and is good
  uint64_t blocks_ = 0, items_ = 0;
  bool hardly_ = false;  // the last block became hardly smaller
  Result<void> outcome_;  // the first failure; of the thread until it has ended
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<Block()>> waiting_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace vireo
