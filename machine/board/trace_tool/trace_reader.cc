#include "machine/board/trace_tool/trace_reader.h"

#include <fmt/format.h>

#include <utility>

#include "machine/host/stored_file.h"

namespace vireo {

Result<std::unique_ptr<TraceReader>> TraceReader::open(const std::string& path) {
  auto file = StoredFile::open(path);
  if (!file) return file.error();
  return open(std::move(*file));
}

Result<std::unique_ptr<TraceReader>> TraceReader::open(std::unique_ptr<RandomFile> file) {
  auto blocks = BlockFileReader::open(*file);
  if (!blocks) return blocks.error();
  return std::unique_ptr<TraceReader>(new TraceReader(std::move(file), std::move(*blocks)));
}

uint64_t TraceReader::first_index() const {
  return blocks_->blocks() != 0 ? blocks_->counts(0).first : 0;
}

bool TraceReader::open_block() {
  if (!error_.empty() || next_block_ == blocks_->blocks()) return false;
  auto records = blocks_->read(next_block_);
  if (!records) {
    error_ = records.error().message;
    return false;
  }
  const BlockFileCounts& counts = blocks_->counts(next_block_++);
  records_ = std::move(*records);
  decoder_ = std::make_unique<TraceDecoder>(records_, TraceBlockInfo{counts.first, counts.items});
  return true;
}

bool TraceReader::take(TraceStep& step) {
  while (decoder_ != nullptr || open_block()) {
    if (decoder_->next(step)) return true;
    if (decoder_->failed()) {
      error_ = fmt::format("{}: block {} of {} holds a record that cannot be", file_->description(),
                           next_block_, blocks_->blocks());
      return false;
    }
    decoder_.reset();
  }
  return false;
}

bool TraceReader::next(TraceStep& step) {
  if (!std::exchange(holds_, false)) return take(step);
  step = std::move(held_);
  return true;
}

void TraceReader::seek(uint64_t index) {
  // The last block that begins at or before it.
  for (size_t i = next_block_; i < blocks_->blocks() && blocks_->counts(i).first <= index; ++i) {
    next_block_ = i;
    decoder_.reset();
  }
  holds_ = take(held_);
  while (holds_ && held_.index < index) holds_ = take(held_);
}

}  // namespace vireo
