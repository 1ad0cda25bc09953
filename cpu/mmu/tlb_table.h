// One table of the software TLB, with what each entry was made from, so that
// invalidation finds what it must and passes over the rest quickly.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "cpu/mmu/tlb.h"

namespace vireo {

// Pages which no protection key concerns: those of the supervisor.
inline constexpr uint8_t kNoKey = 16;

struct TlbOrigin {
  uint64_t physical = 0;    // page
  bool global = false;
  uint8_t page_shift = 12;  // of the page that the guest mapped: entries are 4 KiB each
  uint8_t key = kNoKey;
};

class TlbTable {
 public:
  TlbEntry* entries() { return entries_.data(); }
  const TlbEntry* entries() const { return entries_.data(); }
  const TlbOrigin& origin(uint64_t va) const { return origins_[tlb_index(va)]; }

  // The entry for `va`, emptied unless it is that page's already.
  TlbEntry& claim(uint64_t va, uintptr_t addend, const TlbOrigin& origin);

  void clear();
  void clear_non_global();
  void clear_page(uint64_t va) { entries_[tlb_index(va)] = TlbEntry{}; }
  // Entries made from the large page at `va`, if there is one.
  void clear_large(uint64_t va);
  // Those whose key has a bit set in `changed`, which is laid out as PKRU.
  void clear_keys(uint32_t changed);
  // No stores to this host page any more, but by the slow path.
  void write_protect(uintptr_t host_page);

 private:
  // One bit an entry. A set bit may belong to an empty entry, never the reverse.
  using Marks = std::array<uint64_t, kTlbEntries / 64>;

  template <typename F>
  static void for_marked(const Marks& marks, F f) {
    for (size_t word = 0; word < marks.size(); ++word) {
      for (uint64_t bits = marks[word]; bits != 0; bits &= bits - 1) {
        f(word * 64 + static_cast<size_t>(std::countr_zero(bits)));
      }
    }
  }

  std::array<TlbEntry, kTlbEntries> entries_;
  std::array<TlbOrigin, kTlbEntries> origins_;
  Marks used_{};
  Marks local_{};  // used and not global
};

}  // namespace vireo
