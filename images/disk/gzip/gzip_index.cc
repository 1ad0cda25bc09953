#include "images/disk/gzip/gzip_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace vireo::gzip {
namespace {

constexpr size_t kPiece = size_t{256} << 10;
constexpr uint64_t kTellEach = uint64_t{4} << 20;  // packed bytes

}  // namespace

Result<Index> Index::make(RandomFile& file, const Progress& progress, uint64_t nearest) {
  Index index(nearest);
  const auto stream = std::make_unique<Stream>(file, Place{});
  std::vector<std::byte> piece(kPiece);
  uint64_t told = 0;
  while (!stream->ended()) {
    const auto got = stream->read_part(piece);
    if (!got) return got.error();
    if (stream->position() - index.places_.back().unpacked >= index.spacing_) {
      if (auto place = stream->place()) index.add(std::move(*place));
    }
    const uint64_t packed = stream->packed_position();
    if (packed - told < kTellEach) continue;
    told = packed;
    if (!progress(static_cast<double>(packed) / static_cast<double>(file.size()))) {
      return Error{fmt::format("{}: given up before all of it was read", file.description())};
    }
  }
  index.size_ = stream->position();
  return index;
}

// Where there are too many every second one goes.
void Index::add(Place&& place) {
  places_.push_back(std::move(place));
  if (places_.size() <= kMostPlaces) return;
  std::vector<Place> kept;
  for (size_t i = 0; i < places_.size(); i += 2) kept.push_back(std::move(places_[i]));
  places_ = std::move(kept);
  spacing_ *= 2;
}

const Place& Index::before(uint64_t offset) const {
  const auto after =
      std::upper_bound(places_.begin(), places_.end(), offset,
                       [](uint64_t at, const Place& place) { return at < place.unpacked; });
  return *std::prev(after);
}

}  // namespace vireo::gzip
