// Reads the steps of an instruction trace from its file, block after block.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cpu/trace/trace_decoder.h"
#include "machine/base/block_file.h"
#include "machine/base/random_file.h"
#include "machine/base/result.h"

namespace vireo {

class TraceReader {
 public:
  // Errors name the file and what is wrong with it.
  static Result<std::unique_ptr<TraceReader>> open(const std::string& path);
  static Result<std::unique_ptr<TraceReader>> open(std::unique_ptr<RandomFile> file);

  const BlockFileReader& file() const { return *blocks_; }
  // Of the first instruction; 0 for a trace without any.
  uint64_t first_index() const;

  // False at the end, and where the file is damaged: error() then says how.
  bool next(TraceStep& step);
  const std::string& error() const { return error_; }
  // On to the first step at or behind `index`, which is not taken yet.
  void seek(uint64_t index);

 private:
  TraceReader(std::unique_ptr<RandomFile> file, std::unique_ptr<BlockFileReader> blocks)
      : file_(std::move(file)), blocks_(std::move(blocks)) {}
  bool take(TraceStep& step);
  bool open_block();

  std::unique_ptr<RandomFile> file_;
  std::unique_ptr<BlockFileReader> blocks_;
  size_t next_block_ = 0;
  std::vector<uint8_t> records_;
  std::unique_ptr<TraceDecoder> decoder_;
  TraceStep held_;  // by seek()
  bool holds_ = false;
  std::string error_;
};

}  // namespace vireo
