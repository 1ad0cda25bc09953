#include "virtio/queue/packed_chain.h"

#include <fmt/format.h>

namespace vireo {
namespace {

using namespace descriptor_flag;

class Walk {
 public:
  Walk(const GuestMemory& memory, const QueueLayout& layout, const RingFeatures& features,
       std::vector<WatchedDescriptor>* seen)
      : memory_(memory), layout_(layout), features_(features), seen_(seen) {}

  Result<PackedChain> run(uint16_t index, const PackedDescriptor& first, uint32_t room) {
    if (room == 0) return Error{"more descriptors are available than the ring has"};
    note(first, index, false);
    Result<void> walked = (first.flags & kIndirect) ? indirect(first) : list(index, first, room);
    if (!walked) return walked.error();
    return std::move(result_);
  }

 private:
  // The descriptors of a list lie one behind the other, and the last one names it.
  Result<void> list(uint16_t index, const PackedDescriptor& first, uint32_t room) {
    PackedDescriptor descriptor = first;
    for (;;) {
      if (Result<void> added = append(descriptor); !added) return added;
      result_.chain.set_id(descriptor.id);
      if (!(descriptor.flags & kNext)) return {};
      if (result_.slots == room) {
        return Error{fmt::format("a list of more than {} descriptors", room)};
      }
      ++result_.slots;
      index = static_cast<uint16_t>((index + 1) % layout_.size);
      const auto next = memory_.read<PackedDescriptor>(layout_.descriptors + uint64_t{16} * index);
      if (!next) return Error{"a descriptor is not in RAM"};
      note(*next, index, false);
      if (next->flags & kIndirect) return Error{"INDIRECT within a list"};
      descriptor = *next;
    }
  }

  Result<void> indirect(const PackedDescriptor& outer) {
    if (!features_.indirect) return Error{"INDIRECT was not negotiated"};
    if (outer.flags & kNext) return Error{"INDIRECT together with NEXT"};
    const uint32_t entries = outer.length / sizeof(PackedDescriptor);
    if (entries == 0 || outer.length % sizeof(PackedDescriptor) != 0 ||
        entries > features_.max_indirect) {
      return Error{fmt::format("indirect table of {} bytes", outer.length)};
    }
    const GuestAddr table{outer.addr};
    if (!memory_.contains(table, outer.length)) {
      return Error{fmt::format("indirect table at {:#x} is not all RAM", table.value)};
    }
    result_.chain.set_id(outer.id);
    for (uint32_t i = 0; i < entries; ++i) {
      const auto descriptor = memory_.read<PackedDescriptor>(table + uint64_t{16} * i);
      if (!descriptor) return Error{"a descriptor is not in RAM"};
      note(*descriptor, static_cast<uint16_t>(i), true);
      if (Result<void> added = append(*descriptor); !added) return added;
    }
    return {};
  }

  Result<void> append(const PackedDescriptor& descriptor) {
    return result_.chain.append(memory_, GuestAddr{descriptor.addr}, descriptor.length,
                                (descriptor.flags & kWrite) != 0);
  }

  void note(const PackedDescriptor& descriptor, uint16_t index, bool in_table) {
    if (seen_ == nullptr) return;
    seen_->push_back({GuestAddr{descriptor.addr}, descriptor.length, descriptor.flags,
                      descriptor.id, index, in_table});
  }

  const GuestMemory& memory_;
  const QueueLayout& layout_;
  const RingFeatures& features_;
  std::vector<WatchedDescriptor>* seen_;
  PackedChain result_;
};

}  // namespace

Result<PackedChain> walk_packed_chain(const GuestMemory& memory, const QueueLayout& layout,
                                      const RingFeatures& features, uint16_t index,
                                      const PackedDescriptor& first, uint32_t room,
                                      std::vector<WatchedDescriptor>* seen) {
  return Walk(memory, layout, features, seen).run(index, first, room);
}

}  // namespace vireo
