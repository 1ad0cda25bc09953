#include "virtio/lint/chain_bytes.h"

#include <algorithm>

#include "virtio/queue/descriptor_flags.h"

namespace vireo {
namespace {

using namespace descriptor_flag;

bool is_piece(const WatchedDescriptor& descriptor) {
  return descriptor.indirect || !(descriptor.flags & kIndirect);
}

}  // namespace

ChainLengths chain_lengths(const WatchedChain& chain) {
  ChainLengths lengths;
  for (const WatchedDescriptor& descriptor : chain.descriptors) {
    if (!is_piece(descriptor)) continue;
    (descriptor.flags & kWrite ? lengths.writable : lengths.readable) += descriptor.length;
  }
  return lengths;
}

std::optional<std::vector<std::byte>> chain_head(const GuestMemory& memory,
                                                 const WatchedChain& chain, size_t count) {
  std::vector<std::byte> head(count);
  size_t filled = 0;
  for (const WatchedDescriptor& descriptor : chain.descriptors) {
    if (filled == count) break;
    if (!is_piece(descriptor) || (descriptor.flags & kWrite)) continue;
    const size_t part = std::min<size_t>(descriptor.length, count - filled);
    if (!memory.read_bytes(descriptor.addr, std::span(head).subspan(filled, part))) return {};
    filled += part;
  }
  if (filled < count) return {};
  return head;
}

}  // namespace vireo
