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
  for (const RamRegion& region : regions_) holds_code_.push_back(code_count(region));
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
    return Chunk{region.host + offset, std::min(length, region.size - offset), region.writable};
  }
  return std::nullopt;
}

bool GuestMemory::contains(GuestAddr addr, uint64_t length) const {
  return all_regions(addr, length, false);
}

bool GuestMemory::all_regions(GuestAddr addr, uint64_t length, bool writable) const {
  while (length > 0) {
    const auto piece = chunk(addr, length);
    if (!piece || (writable && !piece->writable)) return false;
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
  if (!all_regions(addr, in.size(), true)) return false;
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
  if (!all_regions(addr, length, true)) return false;
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

namespace {

HostPage find_page(GuestAddr page, const std::vector<RamRegion>& regions,
                   const std::vector<uint8_t*>& holds_code) {
  for (size_t i = 0; i < regions.size(); ++i) {
    const RamRegion& region = regions[i];
    if (page < region.base || page - region.base >= region.size) continue;
    const uint64_t offset = page - region.base;
    return HostPage{region.host + offset, holds_code[i] + offset / kPageSize, region.writable};
  }
  return HostPage{};
}

}  // namespace

HostPage GuestMemory::host_page(GuestAddr page) const {
  const bool hidden = page.value >= kHidden;
  return hidden ? find_page(page, hidden_, hidden_code_) : find_page(page, regions_, holds_code_);
}

bool GuestMemory::read_as_cpu(GuestAddr addr, std::span<std::byte> out) const {
  if (addr.value < kHidden) return read_bytes(addr, out);
  while (!out.empty()) {
    const size_t part = std::min<size_t>(out.size(), kPageSize - addr.page_offset());
    const HostPage page = host_page(addr.page());
    if (page.bytes == nullptr) return false;
    std::memcpy(out.data(), page.bytes + addr.page_offset(), part);
    out = out.subspan(part);
    addr = addr + part;
  }
  return true;
}

bool GuestMemory::write_as_cpu(GuestAddr addr, std::span<const std::byte> in) {
  if (addr.value < kHidden) return write_bytes(addr, in);
  while (!in.empty()) {
    const size_t part = std::min<size_t>(in.size(), kPageSize - addr.page_offset());
    const HostPage page = host_page(addr.page());
    if (page.bytes == nullptr) return false;
    std::memcpy(page.bytes + addr.page_offset(), in.data(), part);
    notify_code_written(addr, part);
    in = in.subspan(part);
    addr = addr + part;
  }
  return true;
}

void GuestMemory::replace(GuestAddr base, uint64_t size, std::vector<RamRegion> pieces) {
  drop_code(base, size);
  cut(base, size);
  regions_.insert(regions_.end(), pieces.begin(), pieces.end());
  std::sort(regions_.begin(), regions_.end(),
            [](const RamRegion& a, const RamRegion& b) { return a.base < b.base; });
  join_neighbours();
  holds_code_.clear();
  for (const RamRegion& region : regions_) holds_code_.push_back(code_count(region));
  tell_switched();
}

void GuestMemory::set_smram(const SmramMap& map, std::vector<RamRegion> hidden) {
  for (const RamRegion& region : hidden_) drop_code(region.base, region.size);
  smram_ = map;
  hidden_ = std::move(hidden);
  hidden_code_.clear();
  for (const RamRegion& region : hidden_) hidden_code_.push_back(code_count(region));
  tell_switched();
}

// Decoded instructions of the range are those of memory which goes away.
void GuestMemory::drop_code(GuestAddr base, uint64_t size) {
  for (uint64_t at = 0; at < size; at += kPageSize) {
    const HostPage page = host_page(base + at);
    if (page.bytes != nullptr && *page.holds_code != 0) tell_code_written(base + at, kPageSize);
  }
}

void GuestMemory::cut(GuestAddr base, uint64_t size) {
  std::vector<RamRegion> left;
  for (const RamRegion& region : regions_) {
    if (region.base < base) {
      left.push_back(region);
      left.back().size = std::min(region.size, base - region.base);
    }
    if (base + size < region.end()) {
      left.push_back(region);
      left.back().base = std::max(region.base, base + size);
      left.back().size = region.end() - left.back().base;
      left.back().host = region.host + (left.back().base - region.base);
    }
  }
  regions_ = std::move(left);
}

// Whether `second` goes on where `first` ends, in all respects.
bool GuestMemory::one_piece(const RamRegion& first, const RamRegion& second) {
  return first.end() == second.base && first.host + first.size == second.host &&
         first.writable == second.writable &&
         code_count(first) + first.size / kPageSize == code_count(second);
}

// Fewer regions are found sooner.
void GuestMemory::join_neighbours() {
  std::vector<RamRegion> joined;
  for (const RamRegion& region : regions_) {
    if (!joined.empty() && one_piece(joined.back(), region)) joined.back().size += region.size;
    else joined.push_back(region);
  }
  regions_ = std::move(joined);
}

uint8_t* GuestMemory::code_count(const RamRegion& region) {
  for (const CodeCounts& range : code_counts_) {
    if (region.base < range.base || range.base + range.size < region.end()) continue;
    return range.counts.get() + (region.base - range.base) / kPageSize;
  }
  code_counts_.push_back({region.base, region.size, nullptr});
  code_counts_.back().counts.reset(static_cast<uint8_t*>(zeroed_bytes(region.size / kPageSize)));
  return code_counts_.back().counts.get();
}

void GuestMemory::tell_switched() {
  for (CodeKeeper* keeper : keepers_) keeper->memory_switched();
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
