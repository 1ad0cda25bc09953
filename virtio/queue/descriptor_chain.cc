#include "virtio/queue/descriptor_chain.h"

#include <fmt/format.h>

namespace vireo {

Result<void> DescriptorChain::append(const GuestMemory& memory, GuestAddr addr, uint32_t length,
                                     bool device_writes) {
  if (writable_seen_ && !device_writes) {
    return Error{"a readable descriptor follows a writable one"};
  }
  writable_seen_ = device_writes;
  if (length == 0) return {};
  if (!memory.contains(addr, length)) {
    return Error{fmt::format("descriptor {:#x}+{:#x} is not all RAM", addr.value, length)};
  }
  const uint64_t total = uint64_t{readable_bytes_} + writable_bytes_ + length;
  if (total > UINT32_MAX) return Error{"the chain is longer than 4 GiB"};
  pieces_.push_back({addr, length});
  if (device_writes) {
    writable_bytes_ += length;
  } else {
    readable_bytes_ += length;
    ++readable_count_;
  }
  return {};
}

}  // namespace vireo
