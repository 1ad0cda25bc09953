#include "virtio/queue/split_chain.h"

#include <fmt/format.h>

#include "virtio/queue/descriptor_flags.h"

namespace vireo {
namespace {

using namespace descriptor_flag;

struct SplitDescriptor {
  uint64_t addr;
  uint32_t length;
  uint16_t flags;
  uint16_t next;
};
static_assert(sizeof(SplitDescriptor) == 16);

struct Table {
  GuestAddr base;
  uint32_t entries;
  bool is_indirect;
};

class Walk {
 public:
  Walk(const GuestMemory& memory, const RingFeatures& features, DescriptorChain& chain,
       std::vector<WatchedDescriptor>* seen)
      : memory_(memory), features_(features), chain_(chain), seen_(seen) {}

  // At most one level of recursion: an indirect table must not hold another.
  Result<void> table(const Table& table, uint16_t first) {
    uint16_t index = first;
    for (uint32_t seen = 0; seen < table.entries; ++seen) {
      if (index >= table.entries) {
        return Error{
            fmt::format("descriptor index {} outside a table of {}", index, table.entries)};
      }
      const auto descriptor = memory_.read<SplitDescriptor>(table.base + uint64_t{16} * index);
      if (!descriptor) return Error{"a descriptor is not in RAM"};
      if (seen_ != nullptr) note(table, index, *descriptor);
      if (descriptor->flags & kIndirect) return indirect(table, *descriptor);
      Result<void> added = chain_.append(memory_, GuestAddr{descriptor->addr}, descriptor->length,
                                         (descriptor->flags & kWrite) != 0);
      if (!added || !(descriptor->flags & kNext)) return added;
      index = descriptor->next;
    }
    return Error{"the descriptors form a loop"};
  }

 private:
  void note(const Table& table, uint16_t index, const SplitDescriptor& descriptor) {
    seen_->push_back({GuestAddr{descriptor.addr}, descriptor.length, descriptor.flags,
                      descriptor.next, index, table.is_indirect});
  }

  Result<void> indirect(const Table& outer, const SplitDescriptor& descriptor) {
    if (!features_.indirect) return Error{"INDIRECT was not negotiated"};
    if (outer.is_indirect) return Error{"an indirect table inside an indirect table"};
    if (descriptor.flags & kNext) return Error{"INDIRECT together with NEXT"};
    const uint32_t entries = descriptor.length / sizeof(SplitDescriptor);
    if (entries == 0 || descriptor.length % sizeof(SplitDescriptor) != 0 ||
        entries > features_.max_indirect) {
      return Error{fmt::format("indirect table of {} bytes", descriptor.length)};
    }
    const GuestAddr base{descriptor.addr};
    if (!memory_.contains(base, descriptor.length)) {
      return Error{fmt::format("indirect table at {:#x} is not all RAM", base.value)};
    }
    return table({base, entries, true}, 0);
  }

  const GuestMemory& memory_;
  const RingFeatures& features_;
  DescriptorChain& chain_;
  std::vector<WatchedDescriptor>* seen_;
};

}  // namespace

Result<DescriptorChain> walk_split_chain(const GuestMemory& memory, const QueueLayout& layout,
                                         const RingFeatures& features, uint16_t head,
                                         std::vector<WatchedDescriptor>* seen) {
  DescriptorChain chain(head);
  const Table table{layout.descriptors, layout.size, false};
  if (Result<void> walked = Walk(memory, features, chain, seen).table(table, head); !walked) {
    return walked.error();
  }
  return chain;
}

}  // namespace vireo
