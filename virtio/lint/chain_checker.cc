#include "virtio/lint/chain_checker.h"

#include "virtio/features.h"
#include "virtio/queue/descriptor_flags.h"

namespace vireo {

using namespace virtio_feature;

namespace {

using namespace descriptor_flag;
constexpr uint64_t kMaxBytes = uint64_t{1} << 32;

std::string place(const WatchedChain& chain, const WatchedDescriptor& descriptor) {
  return fmt::format("queue {}, descriptor {}{}: address {:#x}, length {}, flags {:#x}",
                     chain.queue, descriptor.position,
                     descriptor.indirect ? " of an indirect table" : "", descriptor.addr.value,
                     descriptor.length, descriptor.flags);
}

}  // namespace

void ChainChecker::on_chain(const WatchedChain& chain) {
  for (const WatchedDescriptor& descriptor : chain.descriptors) {
    check_flags(chain, descriptor);
    if (descriptor.flags & kIndirect) {
      check_indirect(chain, descriptor);
    } else {
      check_memory(chain, descriptor);
    }
  }
  check_whole(chain);
  if (!chain.packed && in_force(kInOrder)) check_order(chain);
}

void ChainChecker::check_flags(const WatchedChain& chain, const WatchedDescriptor& descriptor) {
  const uint16_t known = kNext | kWrite | kIndirect;
  if (chain.packed && descriptor.indirect) {
    if (descriptor.flags & ~kWrite) {
      breach(LintRule::kPackedIndirectFlags, "{}", place(chain, descriptor));
    }
    return;
  }
  const uint16_t unknown =
      static_cast<uint16_t>(descriptor.flags & ~(chain.packed ? known | kAvail | kUsed : known));
  if (unknown) breach(LintRule::kDescriptorUnknownFlag, "{}", place(chain, descriptor));
}

void ChainChecker::check_indirect(const WatchedChain& chain, const WatchedDescriptor& descriptor) {
  if (descriptor.indirect) {
    if (!chain.packed) breach(LintRule::kIndirectNested, "{}", place(chain, descriptor));
    return;
  }
  if (!in_force(kIndirectDesc)) {
    breach(LintRule::kIndirectNotNegotiated, "{}", place(chain, descriptor));
  }
  if (descriptor.flags & kNext) {
    breach(LintRule::kIndirectWithNext, "{}", place(chain, descriptor));
  }
  if (descriptor.length == 0 || descriptor.length % 16 != 0) {
    breach(LintRule::kIndirectLength, "{}", place(chain, descriptor));
  }
}

void ChainChecker::check_memory(const WatchedChain& chain, const WatchedDescriptor& descriptor) {
  if (descriptor.length == 0) {
    breach(LintRule::kDescriptorEmpty, "{}", place(chain, descriptor));
  } else if (!subject().memory().contains(descriptor.addr, descriptor.length)) {
    breach(LintRule::kDescriptorOutsideRam, "{}", place(chain, descriptor));
  }
}

void ChainChecker::check_whole(const WatchedChain& chain) {
  uint64_t bytes = 0;
  size_t pieces = 0;
  bool writable_seen = false;
  for (const WatchedDescriptor& descriptor : chain.descriptors) {
    if ((descriptor.flags & kIndirect) && !descriptor.indirect) continue;
    ++pieces;
    bytes += descriptor.length;
    const bool writable = (descriptor.flags & kWrite) != 0;
    if (writable_seen && !writable) {
      breach(LintRule::kReadableAfterWritable, "{}", place(chain, descriptor));
    }
    writable_seen |= writable;
  }
  const uint16_t size = session().queues[chain.queue].layout.size;
  if (pieces > size) {
    breach(LintRule::kChainTooManyPieces, "queue {}: {} descriptors, the queue's size is {}",
           chain.queue, pieces, size);
  }
  if (bytes > kMaxBytes) {
    breach(LintRule::kChainTooManyBytes, "queue {}: {} bytes in {} descriptors", chain.queue, bytes,
           pieces);
  }
}

// A chain starts where the one before ended, and goes on without a jump.
void ChainChecker::check_order(const WatchedChain& chain) {
  const LintQueue& queue = session().queues[chain.queue];
  if (!queue.next_in_order) return;
  uint16_t expected = *queue.next_in_order;
  for (const WatchedDescriptor& descriptor : chain.descriptors) {
    if (descriptor.indirect) continue;
    if (descriptor.position != expected) {
      breach(LintRule::kOutOfOrder, "queue {}: descriptor {} follows, not {}", chain.queue,
             descriptor.position, expected);
      return;
    }
    expected = static_cast<uint16_t>(expected + 1 == queue.layout.size ? 0 : expected + 1);
  }
}

void ChainChecker::on_failure(const std::string& why) { breach(LintRule::kRingBroken, "{}", why); }

}  // namespace vireo
