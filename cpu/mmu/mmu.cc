// The software TLB: filling, flushing, protecting code.
#include "cpu/mmu/mmu.h"

#include "cpu/cpu.h"

namespace vireo {

Mmu::Mmu() { flush_all(); }

void Mmu::fill(Cpu& cpu, Class c, uint64_t va, Access access, const Translation& translation) {
  const HostPage page = cpu.memory().host_page(translation.physical.page());
  if (page.bytes == nullptr) return;
  const uint64_t tag = va & ~kPageMask;
  const uintptr_t addend = reinterpret_cast<uintptr_t>(page.bytes) - tag;
  TlbEntry& entry = tables_[c][tlb_index(va)];
  const bool same = entry.addend == addend &&
                    (entry.read_tag == tag || entry.write_tag == tag || entry.exec_tag == tag);
  if (!same) entry = TlbEntry{kTlbInvalid, kTlbInvalid, kTlbInvalid, addend};
  extra_[c][tlb_index(va)] = {translation.physical.page().value, translation.global,
                              translation.page_shift, translation.key};
  if (translation.page_shift == 30) huge_regions_.set(va >> 30 & 63);
  else if (translation.page_shift > 12) large_regions_.set(va >> 21 & 4095);
  if (access == Access::kExec) {
    entry.exec_tag = tag;
    return;
  }
  // A data breakpoint must see each access to its page.
  if (cpu.breakpoints().watches_page(tag)) return;
  entry.read_tag = tag;
  if (translation.writable && *page.holds_code == 0) entry.write_tag = tag;
}

Mmu::Class Mmu::class_of(const TlbEntry* table) const {
  unsigned c = 0;
  while (c + 1 < kClasses && tables_[c].data() != table) ++c;
  return static_cast<Class>(c);
}

void Mmu::flush_all() {
  for (auto& table : tables_) table.fill(TlbEntry{});
  large_regions_.reset();
  huge_regions_.reset();
}

void Mmu::flush_non_global() {
  for (unsigned c = 0; c < kClasses; ++c) {
    for (size_t i = 0; i < kTlbEntries; ++i) {
      if (!extra_[c][i].global) tables_[c][i] = TlbEntry{};
    }
  }
}

bool Mmu::flush_page(uint64_t va) {
  for (auto& table : tables_) table[tlb_index(va)] = TlbEntry{};
  // 4 MiB pages (32-bit paging) span two regions.
  const bool large = large_regions_[va >> 21 & 4095] || large_regions_[(va >> 21 ^ 1) & 4095] ||
                     huge_regions_[va >> 30 & 63];
  if (large) flush_large(va);
  return large;
}

void Mmu::flush_large(uint64_t va) {
  for (unsigned c = 0; c < kClasses; ++c) {
    for (size_t i = 0; i < kTlbEntries; ++i) {
      TlbEntry& entry = tables_[c][i];
      const unsigned shift = extra_[c][i].page_shift;
      if (shift == 12) continue;
      for (const uint64_t tag : {entry.read_tag, entry.write_tag, entry.exec_tag}) {
        if (tag != kTlbInvalid && tag >> shift == va >> shift) {
          entry = TlbEntry{};
          break;
        }
      }
    }
  }
}

void Mmu::flush_keys(uint32_t changed) {
  for (unsigned c = 0; c < kClasses; ++c) {
    for (size_t i = 0; i < kTlbEntries; ++i) {
      const uint8_t key = extra_[c][i].key;
      if (key != kNoKey && (changed >> 2 * key & 3) != 0) tables_[c][i] = TlbEntry{};
    }
  }
}

void Mmu::protect_code(const uint8_t* host_page) {
  const uintptr_t host = reinterpret_cast<uintptr_t>(host_page);
  for (auto& table : tables_) {
    for (TlbEntry& entry : table) {
      if (entry.write_tag != kTlbInvalid && entry.addend + entry.write_tag == host) {
        entry.write_tag = kTlbInvalid;
      }
    }
  }
}

}  // namespace vireo
