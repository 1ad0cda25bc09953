#include "virtio/queue/chain_io.h"

#include <algorithm>

namespace vireo {

PieceCursor::PieceCursor(std::span<const MemoryPiece> pieces) : pieces_(pieces) {
  // A chain's total fits in 32 bits by construction.
  for (const MemoryPiece& piece : pieces) remaining_ += piece.length;
}

MemoryPiece PieceCursor::next(uint32_t max) {
  const uint32_t wanted = std::min(max, remaining_);
  if (wanted == 0) return {};
  const MemoryPiece& front = pieces_.front();
  const uint32_t length = std::min(wanted, front.length - offset_);
  const MemoryPiece run{front.addr + offset_, length};
  offset_ += length;
  remaining_ -= length;
  if (offset_ == front.length) {
    pieces_ = pieces_.subspan(1);
    offset_ = 0;
  }
  return run;
}

PieceCursor PieceCursor::take(uint32_t bytes) {
  PieceCursor front = *this;
  front.remaining_ = std::min(bytes, remaining_);
  for (uint32_t left = front.remaining_; left > 0;) left -= next(left).length;
  return front;
}

bool ChainReader::read(std::span<std::byte> out) {
  if (out.size() > remaining()) return false;
  while (!out.empty()) {
    const MemoryPiece run = cursor_.next(static_cast<uint32_t>(out.size()));
    if (!memory_.read_bytes(run.addr, out.first(run.length))) return false;
    out = out.subspan(run.length);
  }
  return true;
}

bool ChainWriter::write(std::span<const std::byte> in) {
  if (in.size() > remaining()) return false;
  while (!in.empty()) {
    const MemoryPiece run = cursor_.next(static_cast<uint32_t>(in.size()));
    if (!memory_.write_bytes(run.addr, in.first(run.length))) return false;
    written_ += run.length;
    in = in.subspan(run.length);
  }
  return true;
}

}  // namespace vireo
