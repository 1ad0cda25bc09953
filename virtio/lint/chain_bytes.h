// The bytes of a chain that a driver wrote for the device, for rules about requests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "machine/base/guest_memory.h"
#include "virtio/watch.h"

namespace vireo {

// Lengths of a chain's two parts; indirect descriptors themselves do not count.
struct ChainLengths {
  uint64_t readable = 0;
  uint64_t writable = 0;
};
ChainLengths chain_lengths(const WatchedChain& chain);

// The first `count` device-readable bytes, or nothing when there are fewer or they are
// not in RAM.
std::optional<std::vector<std::byte>> chain_head(const GuestMemory& memory,
                                                 const WatchedChain& chain, size_t count);

// Those bytes, from `offset` on, as a value.
template <typename T>
std::optional<T> chain_header(const GuestMemory& memory, const WatchedChain& chain,
                              size_t offset = 0) {
  const auto bytes = chain_head(memory, chain, offset + sizeof(T));
  if (!bytes) return std::nullopt;
  T value;
  std::memcpy(&value, bytes->data() + offset, sizeof value);
  return value;
}

}  // namespace vireo
