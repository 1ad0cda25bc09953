#include "images/disk/gzip/gzip_disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "images/disk/check_range.h"

namespace vireo {
namespace {

constexpr uint64_t kSectorBytes = 512;

}  // namespace

Result<std::unique_ptr<GzipDisk>> GzipDisk::open(std::unique_ptr<DiskFile> file,
                                                 const gzip::Progress& progress, uint64_t nearest) {
  auto index = gzip::Index::make(*file, progress, nearest);
  if (!index) return index.error();
  if (index->size() == 0 || index->size() % kSectorBytes != 0) {
    return Error{
        fmt::format("{}: holds {} bytes, which is no disk; pack a raw image whose size is "
                    "a multiple of 512",
                    file->description(), index->size())};
  }
  return std::unique_ptr<GzipDisk>(new GzipDisk(std::move(file), std::move(*index)));
}

Error GzipDisk::refuse() const {
  return Error{fmt::format("{}: a gzip image is read-only", description())};
}

Result<void> GzipDisk::read(uint64_t offset, std::span<std::byte> out) {
  if (auto fits = check_range(*this, offset, out.size()); !fits) return fits;
  while (!out.empty()) {
    const auto found = piece(offset / kPieceBytes);
    if (!found) return found.error();
    const auto from = std::span((*found)->bytes).subspan(offset % kPieceBytes);
    const size_t length = std::min(from.size(), out.size());
    std::memcpy(out.data(), from.data(), length);
    out = out.subspan(length);
    offset += length;
  }
  return {};
}

Result<const GzipDisk::Piece*> GzipDisk::piece(uint64_t number) {
  const auto known = std::find_if(pieces_.begin(), pieces_.end(),
                                  [&](const Piece& piece) { return piece.number == number; });
  if (known != pieces_.end()) {
    pieces_.splice(pieces_.begin(), pieces_, known);
    return &pieces_.front();
  }
  const uint64_t offset = number * kPieceBytes;
  Piece made{number, std::vector<std::byte>(std::min<uint64_t>(kPieceBytes, size() - offset))};
  if (auto filled = fill(made); !filled) return filled.error();
  if (pieces_.size() == kMostPieces) pieces_.pop_back();
  pieces_.push_front(std::move(made));
  return &pieces_.front();
}

// A stream that failed is of no more use.
Result<void> GzipDisk::fill(Piece& piece) {
  const uint64_t offset = piece.number * kPieceBytes;
  auto filled = read_at(stream_before(offset), offset, piece.bytes);
  if (!filled) streams_.pop_front();
  return filled;
}

// The bytes between the stream's position and the offset are unpacked and dropped.
Result<void> GzipDisk::read_at(gzip::Stream& stream, uint64_t offset, std::span<std::byte> out) {
  while (stream.position() < offset) {
    const uint64_t gap = std::min<uint64_t>(out.size(), offset - stream.position());
    if (auto skipped = read_whole(stream, out.first(gap)); !skipped) return skipped;
  }
  return read_whole(stream, out);
}

Result<void> GzipDisk::read_whole(gzip::Stream& stream, std::span<std::byte> out) {
  const auto got = stream.read(out);
  if (!got) return got.error();
  if (*got == out.size()) return {};
  return Error{fmt::format("{}: has become shorter", description())};
}

// One that reads on, or a new one from a place of the index if that is nearer. It is the first
// then.
gzip::Stream& GzipDisk::stream_before(uint64_t offset) {
  const gzip::Place& place = index_.before(offset);
  auto best = streams_.end();
  for (auto at = streams_.begin(); at != streams_.end(); ++at) {
    const uint64_t position = (*at)->position();
    if (position < place.unpacked || position > offset) continue;
    if (best == streams_.end() || position > (*best)->position()) best = at;
  }
  if (best != streams_.end()) {
    streams_.splice(streams_.begin(), streams_, best);
  } else {
    if (streams_.size() == kMostStreams) streams_.pop_back();
    streams_.push_front(std::make_unique<gzip::Stream>(*file_, place));
  }
  return *streams_.front();
}

}  // namespace vireo
