#include "machine/board/snapshot/chunk_table.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "machine/board/snapshot/chunk_hash.h"

namespace vireo {
namespace {

constexpr uint32_t kMaxChunks = 1u << 24;  // 1 TiB
constexpr int kFastest = 1;

Error damaged(const RandomFile& file, const std::string& section, const std::string& how) {
  return Error{fmt::format("{}: section '{}' is damaged: {}", file.description(), section, how)};
}

// False when the bytes are no zlib stream of exactly this length.
bool unpack(std::span<const std::byte> packed, std::span<std::byte> out) {
  uLongf length = out.size();
  const int result = ::uncompress(reinterpret_cast<Bytef*>(out.data()), &length,
                                  reinterpret_cast<const Bytef*>(packed.data()), packed.size());
  return result == Z_OK && length == out.size();
}

}  // namespace

void ChunkTable::visit(Archive& archive) {
  archive.io(size);
  archive.io(compressed);
  archive.io(area);
  auto count = static_cast<uint32_t>(chunks.size());
  archive.io(count);
  if (count > kMaxChunks) archive.fail();
  if (!archive.saving()) chunks.clear();
  for (uint32_t i = 0; i < count && archive.ok(); ++i) {
    if (!archive.saving()) chunks.emplace_back();
    archive.io(chunks[i].index);
    archive.io(chunks[i].offset);
    archive.io(chunks[i].stored);
    archive.io(chunks[i].hash);
  }
}

uint32_t ChunkTable::length_of(uint64_t index) const {
  return static_cast<uint32_t>(std::min<uint64_t>(kChunk, size - index * kChunk));
}

Result<void> ChunkTable::check(const RandomFile& file, const std::string& section) const {
  const uint64_t most = (size + kChunk - 1) / kChunk;
  uint64_t next = 0;
  for (const StoredChunk& chunk : chunks) {
    if (chunk.index < next || chunk.index >= most) {
      return damaged(file, section, fmt::format("chunk {} of {}", chunk.index, most));
    }
    next = chunk.index + 1;
    if (chunk.offset > file.size() || chunk.stored > file.size() - chunk.offset) {
      return Error{fmt::format("{}: cut short: section '{}' needs {} bytes at {}",
                               file.description(), section, chunk.stored, chunk.offset)};
    }
    const uint32_t length = length_of(chunk.index);
    const bool fits = compressed ? chunk.stored <= ::compressBound(length)
                                 : chunk.stored == length || chunk.stored == 0;
    if (!fits) return damaged(file, section, fmt::format("chunk {} is too long", chunk.index));
  }
  return {};
}

Result<void> ChunkWriter::put(ChunkTable& table, uint64_t index, std::span<const std::byte> bytes) {
  std::span<const std::byte> stored = bytes;
  if (all_zero(bytes)) {
    stored = {};
  } else if (compress_) {
    uLongf length = ::compressBound(bytes.size());
    packed_.resize(length);
    ::compress2(reinterpret_cast<Bytef*>(packed_.data()), &length,
                reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(), kFastest);
    stored = std::span<const std::byte>(packed_).first(length);
  }
  table.chunks.push_back({index, offset_, static_cast<uint32_t>(stored.size()), chunk_hash(bytes)});
  if (auto put = file_.write(offset_, stored); !put) return put;
  offset_ += stored.size();
  return {};
}

Result<void> ChunkWriter::put_at(ChunkTable& table, uint64_t index,
                                 std::span<const std::byte> bytes, uint64_t offset) {
  table.chunks.push_back({index, offset, static_cast<uint32_t>(bytes.size()), chunk_hash(bytes)});
  offset_ = std::max(offset_, offset + bytes.size());
  return file_.write(offset, bytes);
}

Result<void> read_chunks(
    RandomFile& file, const ChunkTable& table, const std::string& section,
    const std::function<Result<void>(uint64_t offset, std::span<const std::byte> bytes)>& take) {
  std::vector<std::byte> stored, content;
  for (const StoredChunk& chunk : table.chunks) {
    stored.resize(chunk.stored);
    if (auto read = file.read(chunk.offset, stored); !read) return read;
    content.assign(table.length_of(chunk.index), std::byte{0});
    if (table.compressed && chunk.stored != 0) {
      if (!unpack(stored, content)) {
        return damaged(file, section, fmt::format("chunk {} cannot be unpacked", chunk.index));
      }
    } else if (chunk.stored != 0) {
      content.swap(stored);
    }
    if (chunk_hash(content) != chunk.hash) {
      return damaged(file, section,
                     fmt::format("the checksum of chunk {} does not match", chunk.index));
    }
    if (auto done = take(chunk.index * ChunkTable::kChunk, content); !done) return done;
  }
  return {};
}

}  // namespace vireo
