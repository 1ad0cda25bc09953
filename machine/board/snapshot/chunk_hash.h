// A checksum of pages and blocks that keeps up with memory.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace vireo {

// 64 bits over any bytes, the same on every host. Finds damage and change, not malice: it is no
// cryptographic hash. Eight sums run side by side, as one multiplication waits for the last.
inline uint64_t chunk_hash(std::span<const std::byte> bytes) {
  constexpr uint64_t kOdd1 = 0x9e3779b185ebca87, kOdd2 = 0xc2b2ae3d27d4eb4f;
  constexpr size_t kLanes = 8;
  std::array<uint64_t, kLanes> lanes;
  for (size_t i = 0; i < kLanes; ++i) lanes[i] = kOdd1 * (i + 1) ^ bytes.size();
  const auto take = [&](const std::byte* from) {
    std::array<uint64_t, kLanes> words;
    std::memcpy(words.data(), from, sizeof words);
    for (size_t i = 0; i < kLanes; ++i) {
      lanes[i] = std::rotl(lanes[i] ^ (words[i] * kOdd2), 29) * kOdd1;
    }
  };
  constexpr size_t kStripe = kLanes * sizeof(uint64_t);
  for (; bytes.size() >= kStripe; bytes = bytes.subspan(kStripe)) take(bytes.data());
  std::array<std::byte, kStripe> rest{};
  if (!bytes.empty()) std::memcpy(rest.data(), bytes.data(), bytes.size());
  take(rest.data());
  uint64_t sum = 0;
  for (const uint64_t lane : lanes) sum = std::rotl(sum ^ lane, 27) * kOdd1 + kOdd2;
  return sum ^ (sum >> 32);
}

// Whether all bytes are 0.
inline bool all_zero(std::span<const std::byte> bytes) {
  return bytes.empty() || (bytes[0] == std::byte{0} &&
                           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace vireo
