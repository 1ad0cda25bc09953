#include "cpu/mmu/tlb_table.h"

#include "cpu/trace/insn_trace.h"

namespace vireo {

TlbEntry& TlbTable::claim(uint64_t va, uintptr_t addend, const TlbOrigin& origin) {
  const uint64_t tag = va & ~uint64_t{0xfff};
  const size_t i = tlb_index(va);
  TlbEntry& entry = entries_[i];
  const bool same = entry.addend == addend &&
                    (entry.read_tag == tag || entry.write_tag == tag || entry.exec_tag == tag);
  if (!same) entry = TlbEntry{kTlbInvalid, kTlbInvalid, kTlbInvalid, addend};
  origins_[i] = origin;
  const uint64_t mark = uint64_t{1} << i % 64;
  used_[i / 64] |= mark;
  if (origin.global) local_[i / 64] &= ~mark;
  else local_[i / 64] |= mark;
  return entry;
}

void TlbTable::clear() {
  for_marked(used_, [this](size_t i) { entries_[i] = TlbEntry{}; });
  used_ = local_ = Marks{};
}

void TlbTable::clear_non_global() {
  for_marked(local_, [this](size_t i) { entries_[i] = TlbEntry{}; });
  for (size_t word = 0; word < used_.size(); ++word) used_[word] &= ~local_[word];
  local_ = Marks{};
}

void TlbTable::clear_large(uint64_t va) {
  for_marked(used_, [this, va](size_t i) {
    const unsigned shift = origins_[i].page_shift;
    if (shift == 12) return;
    TlbEntry& entry = entries_[i];
    for (const uint64_t tag : {entry.read_tag, entry.write_tag, entry.exec_tag}) {
      if (tag == kTlbInvalid || tag >> shift != va >> shift) continue;
      entry = TlbEntry{};
      return;
    }
  });
}

void TlbTable::clear_keys(uint32_t changed) {
  for_marked(used_, [this, changed](size_t i) {
    const uint8_t key = origins_[i].key;
    if (key != kNoKey && (changed >> 2 * key & 3) != 0) entries_[i] = TlbEntry{};
  });
}

void TlbTable::write_protect(uintptr_t host_page) {
  for_marked(used_, [this, host_page](size_t i) {
    TlbEntry& entry = entries_[i];
    const uint64_t page = entry.write_tag & ~kTlbTraced;
    if (entry.write_tag != kTlbInvalid && entry.addend + page == host_page) {
      entry.write_tag = kTlbInvalid;
    }
  });
}

}  // namespace vireo
