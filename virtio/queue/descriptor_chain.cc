#include "virtio/queue/descriptor_chain.h"

#include <fmt/format.h>

namespace vireo {
namespace {

constexpr uint32_t kMostPieces = 65536;  // a ring and an indirect table have fewer

}  // namespace

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
  add(addr, length, device_writes);
  return {};
}

void DescriptorChain::add(GuestAddr addr, uint32_t length, bool device_writes) {
  pieces_.push_back({addr, length});
  if (device_writes) {
    writable_bytes_ += length;
  } else {
    readable_bytes_ += length;
    ++readable_count_;
  }
}

void DescriptorChain::visit(Archive& archive) {
  std::vector<MemoryPiece> pieces = pieces_;
  uint32_t count = static_cast<uint32_t>(pieces.size());
  uint64_t readable = readable_count_;
  archive.io(id_);
  archive.io(readable);
  archive.io(count);
  if (count > kMostPieces) archive.fail();
  if (!archive.saving()) pieces.assign(archive.ok() ? count : 0, {});
  for (MemoryPiece& piece : pieces) {
    archive.io(piece.addr);
    archive.io(piece.length);
  }
  if (archive.saving()) return;
  *this = DescriptorChain(id_);
  uint64_t total = 0;
  for (const MemoryPiece& piece : pieces) total += piece.length;
  if (readable > pieces.size() || total > UINT32_MAX) return archive.fail();
  for (size_t i = 0; i < pieces.size(); ++i) add(pieces[i].addr, pieces[i].length, i >= readable);
}

}  // namespace vireo
