#include "machine/board/snapshot/ram_image.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "machine/board/snapshot/chunk_hash.h"
#include "machine/host/touched_pages.h"

namespace vireo {

RamImage RamImage::take(const HostRam& ram, const RamImage* before) {
  RamImage image;
  image.pieces_.resize(ram.size() / kPiece);
  const TouchedPages touched(ram);
  for (size_t i = 0; i < image.pieces_.size(); ++i) {
    if (!touched.any(i * kPiece, kPiece)) {
      if (ram.begins_as_zeros(i * kPiece, kPiece)) continue;
      if (before != nullptr) {
        image.pieces_[i] = before->pieces_[i];
        continue;
      }
    }
    const std::span<const std::byte> now(ram.data() + i * kPiece, kPiece);
    const Piece* old = before != nullptr ? before->pieces_[i].get() : nullptr;
    if (old != nullptr && std::memcmp(old->data(), now.data(), kPiece) == 0) {
      image.pieces_[i] = before->pieces_[i];
    } else if (!all_zero(now)) {
      auto piece = std::make_shared_for_overwrite<Piece>();
      std::memcpy(piece->data(), now.data(), kPiece);
      image.pieces_[i] = std::move(piece);
    }
  }
  return image;
}

void RamImage::put_back(HostRam& ram) const {
  for (size_t i = 0; i < pieces_.size(); ++i) {
    const std::span<std::byte> now(ram.data() + i * kPiece, kPiece);
    if (pieces_[i] == nullptr) {
      if (!all_zero(now)) release_pages(now.data(), now.size());
    } else if (std::memcmp(pieces_[i]->data(), now.data(), kPiece) != 0) {
      std::memcpy(now.data(), pieces_[i]->data(), kPiece);
    }
  }
}

uint64_t RamImage::bytes() const {
  const auto held = std::count_if(pieces_.begin(), pieces_.end(),
                                  [](const auto& piece) { return piece != nullptr; });
  return static_cast<uint64_t>(held) * kPiece;
}

uint64_t RamImage::bytes_unlike(const RamImage& other) const {
  uint64_t bytes = 0;
  for (size_t i = 0; i < pieces_.size(); ++i) {
    if (pieces_[i] != nullptr && pieces_[i] != other.pieces_[i]) bytes += kPiece;
  }
  return bytes;
}

}  // namespace vireo
