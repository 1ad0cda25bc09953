#include "machine/base/guest_memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace vireo {
namespace {

// calloc leaves untouched pages to the operating system, so that RAM which the
// guest never touches costs nothing; std::vector would write it all.
void* zeroed_bytes(uint64_t count) {
  void* bytes = std::calloc(count, 1);
  if (bytes == nullptr) throw std::bad_alloc();
  return bytes;
}

}  // namespace

void GuestMemory::FreeBytes::operator()(void* bytes) const { std::free(bytes); }

GuestMemory::GuestMemory(std::vector<RamRegion> regions) : regions_(std::move(regions)) {
  std::sort(regions_.begin(), regions_.end(),
            [](const RamRegion& a, const RamRegion& b) { return a.base < b.base; });
  for (const RamRegion& region : regions_) {
    holds_code_.emplace_back(static_cast<uint8_t*>(zeroed_bytes(region.size / kPageSize)));
  }
}

GuestMemory GuestMemory::on_heap(uint64_t size) {
  std::unique_ptr<std::byte[], FreeBytes> bytes(static_cast<std::byte*>(zeroed_bytes(size)));
  GuestMemory memory({RamRegion{GuestAddr{0}, size, bytes.get()}});
  memory.heap_ = std::move(bytes);
  return memory;
}

std::optional<GuestMemory::Chunk> GuestMemory::chunk(GuestAddr addr, uint64_t length) const {
  for (const RamRegion& region : regions_) {
    if (addr < region.base) break;
    const uint64_t offset = addr - region.base;
    if (offset >= region.size) continue;
    return Chunk{region.host + offset, std::min(length, region.size - offset)};
  }
  return std::nullopt;
}

bool GuestMemory::contains(GuestAddr addr, uint64_t length) const {
  while (length > 0) {
    const auto piece = chunk(addr, length);
    if (!piece) return false;
    length -= piece->length;
    const auto next = addr.checked_add(piece->length);
    if (!next) return length == 0;
    addr = *next;
  }
  return true;
}

bool GuestMemory::read_bytes(GuestAddr addr, std::span<std::byte> out) const {
  if (!contains(addr, out.size())) return false;
  while (!out.empty()) {
    const auto piece = *chunk(addr, out.size());
    std::memcpy(out.data(), piece.host, piece.length);
    out = out.subspan(piece.length);
    addr = addr + piece.length;
  }
  return true;
}

bool GuestMemory::write_bytes(GuestAddr addr, std::span<const std::byte> in) {
  if (!contains(addr, in.size())) return false;
  while (!in.empty()) {
    const auto piece = *chunk(addr, in.size());
    std::memcpy(piece.host, in.data(), piece.length);
    notify_code_written(addr, piece.length);
    in = in.subspan(piece.length);
    addr = addr + piece.length;
  }
  return true;
}

bool GuestMemory::fill(GuestAddr addr, uint64_t length, std::byte value) {
  if (!contains(addr, length)) return false;
  while (length > 0) {
    const auto piece = *chunk(addr, length);
    std::memset(piece.host, static_cast<int>(value), piece.length);
    notify_code_written(addr, piece.length);
    length -= piece.length;
    addr = addr + piece.length;
  }
  return true;
}

void GuestMemory::notify_code_written(GuestAddr addr, uint64_t length) {
  if (keepers_.empty()) return;
  while (length > 0) {
    const uint64_t in_page = std::min(length, kPageSize - addr.page_offset());
    const HostPage page = host_page(addr.page());
    if (page.bytes != nullptr && *page.holds_code != 0) tell_code_written(addr, in_page);
    length -= in_page;
    addr = addr + in_page;
  }
}

uint64_t GuestMemory::total_bytes() const {
  uint64_t total = 0;
  for (const RamRegion& region : regions_) total += region.size;
  return total;
}

HostPage GuestMemory::host_page(GuestAddr page) const {
  for (size_t i = 0; i < regions_.size(); ++i) {
    const RamRegion& region = regions_[i];
    if (page < region.base || page - region.base >= region.size) continue;
    const uint64_t offset = page - region.base;
    return HostPage{region.host + offset, holds_code_[i].get() + offset / kPageSize};
  }
  return HostPage{};
}

void GuestMemory::add_code(GuestAddr page) {
  const HostPage host = host_page(page);
  if (host.bytes == nullptr || (*host.holds_code)++ != 0) return;
  for (CodeKeeper* keeper : keepers_) keeper->code_found(host.bytes);
}

void GuestMemory::remove_code(GuestAddr page) {
  const HostPage host = host_page(page);
  if (host.bytes != nullptr && *host.holds_code != 0) --*host.holds_code;
}

bool GuestMemory::code_in(GuestAddr addr, uint64_t length) const {
  return std::any_of(keepers_.begin(), keepers_.end(),
                     [&](const CodeKeeper* keeper) { return keeper->keeps_code(addr, length); });
}

}  // namespace vireo
