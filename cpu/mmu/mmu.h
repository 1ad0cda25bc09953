// Address translation: page walks with all permission checks, and the software
// TLB that they fill (SDM 3A chapter 4).
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>

#include "cpu/mmu/tlb.h"
#include "machine/base/guest_addr.h"

namespace vireo {

class Cpu;

enum class Access : uint8_t { kRead, kWrite, kExec };

// Pages which no protection key concerns: those of the supervisor.
inline constexpr uint8_t kNoKey = 16;

// A successful translation of one address.
struct Translation {
  GuestAddr physical;
  bool writable = false;   // a store would be allowed and the D bit is set
  bool global = false;
  uint8_t page_shift = 12;  // size of the page: 12, 21, 22 or 30
  uint8_t key = kNoKey;     // protection key of a user page
};

class Mmu {
 public:
  Mmu();

  // One table per kind of access that is judged alike: by supervisors under
  // SMAP's rules, by those whom SMAP does not stop, by users.
  enum Class : uint8_t { kSupervisor, kSupervisorAc, kUser, kClasses };
  static constexpr bool is_user(Class c) { return c == kUser; }
  TlbEntry* table(Class c) { return tables_[c].data(); }
  Class class_of(const TlbEntry* table) const;

  // Walks the page tables for an access at privilege class `c`, setting A and D
  // bits. On failure a page fault (or #GP for a non-canonical address in long
  // mode) is pending in the Cpu and the result is false.
  bool translate(Cpu& cpu, uint64_t va, Access access, Class c, Translation& out);
  // Without A/D updates, faults or privilege checks; for debuggers and tracing.
  static bool probe(Cpu& cpu, uint64_t va, GuestAddr& physical);

  // Makes the entry for `va` after a successful translation to a RAM page.
  void fill(Cpu& cpu, Class c, uint64_t va, Access access, const Translation& translation);

  bool is_global(Class c, uint64_t va) const { return extra_[c][tlb_index(va)].global; }
  // The physical page of a valid entry of class `c` for `va`.
  uint64_t physical_page(Class c, uint64_t va) const { return extra_[c][tlb_index(va)].physical; }

  void flush_all();
  void flush_non_global();
  // INVLPG: every entry made from the page, of whatever size, that maps `va`.
  // True when that page may have been a large one.
  bool flush_page(uint64_t va);
  // The pages of every protection key whose two bits in `changed` are not 0.
  void flush_keys(uint32_t changed);
  // Decoded code now stands on this host page: stores must take the slow path.
  void protect_code(const uint8_t* host_page);

 private:
  struct PerEntry {
    uint64_t physical = 0;  // page
    bool global = false;
    uint8_t page_shift = 12;
    uint8_t key = kNoKey;
  };
  void flush_large(uint64_t va);
  std::array<std::array<TlbEntry, kTlbEntries>, kClasses> tables_;
  std::array<std::array<PerEntry, kTlbEntries>, kClasses> extra_;
  // Regions (of 2 MiB, of 1 GiB; hashed) with entries made from large pages: a
  // page's entries are 4 KiB each, and INVLPG must find all of them.
  std::bitset<4096> large_regions_;
  std::bitset<64> huge_regions_;
};

}  // namespace vireo
