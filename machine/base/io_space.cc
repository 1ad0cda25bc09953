#include "machine/base/io_space.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "machine/base/trace_event.h"

namespace vireo {
namespace {

LogItem item_of(bool memory) { return memory ? LogItem::kMmio : LogItem::kIo; }

void tell(bool memory, bool write, const IoSpace::Range* range, uint64_t addr, unsigned size,
          uint64_t value) {
  const std::string_view kind = memory ? (write ? "mmio_write" : "mmio_read")
                                       : (write ? "port_write" : "port_read");
  TraceEvents::tell(item_of(memory), kind,
                    {TraceField::word("device", range != nullptr ? range->name : "nobody"),
                     TraceField::hex(memory ? "addr" : "port", addr),
                     TraceField::count("size", size), TraceField::hex("value", value)});
}

}  // namespace

IoMapping::IoMapping(IoMapping&& other) noexcept
    : space_(std::exchange(other.space_, nullptr)), id_(other.id_) {}

IoMapping& IoMapping::operator=(IoMapping&& other) noexcept {
  if (this != &other) {
    unmap();
    space_ = std::exchange(other.space_, nullptr);
    id_ = other.id_;
  }
  return *this;
}

IoMapping::~IoMapping() { unmap(); }

void IoMapping::unmap() {
  if (space_ != nullptr) std::exchange(space_, nullptr)->unmap(id_);
}

IoMapping IoSpace::map(uint64_t base, uint64_t size, IoHandler& handler, std::string name,
                       IoPriority priority, uint64_t order) {
  const uint64_t last = base + size - 1;
  if (size == 0 || last < base || (limit_ != 0 && last >= limit_)) return IoMapping();
  const auto after = std::find_if(ranges_.begin(), ranges_.end(), [&](const Range& r) {
    return std::tie(r.priority, r.order) > std::tie(priority, order);
  });
  const uint64_t id = next_id_++;
  ranges_.insert(after, Range{base, size, id, priority, order, &handler, std::move(name)});
  return IoMapping(this, id);
}

void IoSpace::unmap(uint64_t id) {
  std::erase_if(ranges_, [&](const Range& r) { return r.id == id; });
}

const IoSpace::Range* IoSpace::find(uint64_t addr) const {
  for (const Range& range : ranges_) {
    if (addr - range.base < range.size) return &range;
  }
  return nullptr;
}

// The range that claims every byte of the access, or null when bytes differ in
// their claimant (or none claims them).
const IoSpace::Range* IoSpace::find_whole(uint64_t addr, unsigned size) const {
  const Range* first = find(addr);
  for (unsigned i = 1; i < size; ++i) {
    if (find(addr + i) != first) return nullptr;
  }
  return first;
}

bool IoSpace::claimed(uint64_t addr) const { return find(addr) != nullptr; }

uint64_t IoSpace::read(uint64_t addr, unsigned size) {
  const uint64_t mask = size >= 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * size)) - 1;
  const Range* whole = find_whole(addr, size);
  uint64_t value = whole != nullptr ? whole->handler->read(addr - whole->base, size) & mask : 0;
  for (unsigned i = 0; whole == nullptr && i < size; ++i) {
    const Range* range = find(addr + i);
    const uint64_t byte = range ? range->handler->read(addr + i - range->base, 1) & 0xff : 0xff;
    value |= byte << (8 * i);
  }
  // A read may have changed what is mapped.
  const bool memory = limit_ == 0;
  if (TraceEvents::on(item_of(memory))) tell(memory, false, find(addr), addr, size, value);
  return value;
}

void IoSpace::write(uint64_t addr, unsigned size, uint64_t value) {
  const bool memory = limit_ == 0;
  if (TraceEvents::on(item_of(memory))) tell(memory, true, find(addr), addr, size, value);
  if (const Range* range = find_whole(addr, size)) {
    const uint64_t mask = size >= 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * size)) - 1;
    range->handler->write(addr - range->base, size, value & mask);
    return;
  }
  for (unsigned i = 0; i < size; ++i) {
    if (const Range* range = find(addr + i)) {
      range->handler->write(addr + i - range->base, 1, (value >> (8 * i)) & 0xff);
    }
  }
}

}  // namespace vireo
