#include "pci/msix.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

#include "pci/config_registers.h"

namespace vireo {

namespace {

constexpr unsigned kCapabilityLength = 12;
constexpr unsigned kControl = 2;  // offsets within the capability
constexpr unsigned kTable = 4;
constexpr unsigned kPba = 8;
constexpr uint16_t kControlFunctionMask = 1u << 14;
constexpr uint16_t kControlEnable = 1u << 15;

}  // namespace

MsixLayout MsixLayout::exclusive(unsigned bar, unsigned vectors) {
  constexpr uint32_t kUsualPba = 0x800;
  return MsixLayout{vectors, bar, 0, std::max(kUsualPba, vectors * kMsixEntrySize)};
}

uint64_t MsixLayout::bar_size() const {
  const uint64_t end =
      std::max<uint64_t>(uint64_t{table_offset} + table_size(), uint64_t{pba_offset} + pba_size());
  return std::bit_ceil(std::max<uint64_t>(end, 4096));
}

Msix::Msix(ConfigSpace& config, const MsixLayout& layout, std::function<bool()> may_master,
           std::function<void(MsiMessage)> send)
    : config_(config),
      layout_(layout),
      capability_(config.add_capability(pci_reg::kCapabilityMsix, kCapabilityLength)),
      may_master_(std::move(may_master)),
      send_(std::move(send)),
      table_(layout.vectors),
      pending_(layout.pba_size() / 4) {
  assert(layout.vectors >= 1 && layout.vectors <= kMsixMaxVectors && layout.bar < 6);
  assert(layout.table_offset % 8 == 0 && layout.pba_offset % 8 == 0);
  assert(layout.table_offset + layout.table_size() <= layout.pba_offset ||
         layout.pba_offset + layout.pba_size() <= layout.table_offset);
  config.define<uint16_t>(capability_ + kControl, static_cast<uint16_t>(layout.vectors - 1),
                          kControlEnable | kControlFunctionMask);
  config.define<uint32_t>(capability_ + kTable, layout.table_offset | layout.bar);
  config.define<uint32_t>(capability_ + kPba, layout.pba_offset | layout.bar);
}

bool Msix::enabled() const {
  return (config_.get<uint16_t>(capability_ + kControl) & kControlEnable) != 0;
}

bool Msix::function_masked() const {
  return (config_.get<uint16_t>(capability_ + kControl) & kControlFunctionMask) != 0;
}

bool Msix::entry_masked(unsigned vector) const { return (table_[vector].control & 1) != 0; }

bool Msix::pending(unsigned vector) const {
  return (pending_[vector / 32] >> (vector % 32) & 1) != 0;
}

bool Msix::may_send() const { return enabled() && !function_masked() && may_master_(); }

void Msix::notify(unsigned vector) {
  if (vector >= vectors()) return;
  pending_[vector / 32] |= 1u << (vector % 32);
  deliver(vector);
}

void Msix::send_pending() {
  if (!may_send()) return;
  for (unsigned vector = 0; vector < vectors(); ++vector) {
    if (pending(vector)) deliver(vector);
  }
}

MsiMessage Msix::message(unsigned vector) const {
  if (vector >= table_.size()) return {};
  const Entry& entry = table_[vector];
  return {uint64_t{entry.address_high} << 32 | entry.address_low, entry.data};
}

void Msix::deliver(unsigned vector) {
  if (!pending(vector) || !may_send() || entry_masked(vector)) return;
  pending_[vector / 32] &= ~(1u << (vector % 32));
  send_(message(vector));
}

// `offset` is a multiple of four from the start of the table.
uint32_t Msix::table_word(uint64_t offset) const {
  const Entry& entry = table_[offset / kMsixEntrySize];
  switch (offset % kMsixEntrySize / 4) {
    case 0:
      return entry.address_low;
    case 1:
      return entry.address_high;
    case 2:
      return entry.data;
    default:
      return entry.control;
  }
}

void Msix::write_table_word(uint64_t offset, uint32_t value) {
  const auto vector = static_cast<unsigned>(offset / kMsixEntrySize);
  Entry& entry = table_[vector];
  switch (offset % kMsixEntrySize / 4) {
    case 0:
      entry.address_low = value & ~3u;
      break;
    case 1:
      entry.address_high = value;
      break;
    case 2:
      entry.data = value;
      break;
    default:
      entry.control = value & 1;
      deliver(vector);
  }
}

uint32_t Msix::read_word(uint64_t offset) const {
  const uint64_t in_table = offset - layout_.table_offset;
  if (in_table < layout_.table_size()) return table_word(in_table);
  const uint64_t in_pba = offset - layout_.pba_offset;
  if (in_pba < layout_.pba_size()) return pending_[in_pba / 4];
  return 0;
}

uint64_t Msix::read(uint64_t offset, unsigned size) {
  uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) {
    const uint64_t at = offset + i;
    const uint64_t byte = read_word(at & ~uint64_t{3}) >> (8 * (at & 3)) & 0xff;
    value |= byte << (8 * i);
  }
  return value;
}

void Msix::write(uint64_t offset, unsigned size, uint64_t value) {
  if ((size != 4 && size != 8) || offset % size != 0) return;
  for (unsigned i = 0; i < size; i += 4) {
    const uint64_t in_table = offset + i - layout_.table_offset;
    if (in_table < layout_.table_size()) {
      write_table_word(in_table, static_cast<uint32_t>(value >> (8 * i)));
    }
  }
}

void Msix::reset() {
  std::fill(table_.begin(), table_.end(), Entry{});
  std::fill(pending_.begin(), pending_.end(), 0);
}

void Msix::visit(Archive& archive) {
  for (Entry& entry : table_) archive.io(entry);
  for (uint32_t& word : pending_) archive.io(word);
}

}  // namespace vireo
