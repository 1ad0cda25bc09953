// The content of guest memory at one moment, kept in this process.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "machine/host/host_ram.h"

namespace vireo {

// Pieces that are all zeros take nothing, and pieces that did not change between two images are
// shared by them: a row of images costs what was written in between.
class RamImage {
 public:
  // `before` is an image of the same RAM, since which no file was shown in it; or null.
  static RamImage take(const HostRam& ram, const RamImage* before);

  // Touches only what differs.
  void put_back(HostRam& ram) const;

  uint64_t bytes() const;
  // Of those pieces that the other image does not share.
  uint64_t bytes_unlike(const RamImage& other) const;

 private:
  static constexpr uint64_t kPiece = 16 * 1024;
  using Piece = std::array<std::byte, kPiece>;
  std::vector<std::shared_ptr<const Piece>> pieces_;
};

}  // namespace vireo
