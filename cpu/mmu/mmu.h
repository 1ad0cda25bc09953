// Address translation: page walks with all permission checks, and the software
// TLB that they fill (SDM 3A chapter 4).
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>

#include "cpu/mmu/tlb_table.h"
#include "machine/base/guest_addr.h"

namespace vireo {

class Cpu;

enum class Access : uint8_t { kRead, kWrite, kExec };

// A successful translation of one address.
struct Translation {
  GuestAddr physical;
  bool writable = false;   // a store would be allowed and the D bit is set
  bool global = false;
  uint8_t page_shift = 12;  // size of the page: 12, 21, 22 or 30
  uint8_t key = kNoKey;     // protection key of a user page
};

// The exception that an access meets instead: #PF, or #GP for an address that is
// not canonical. `vector` is 0 when there is none.
struct TranslationFault {
  uint8_t vector = 0;
  uint32_t error_code = 0;
};

class Mmu {
 public:
  // One table per kind of access that is judged alike: by supervisors under
  // SMAP's rules, by those whom SMAP does not stop, by users.
  enum Class : uint8_t { kSupervisor, kSupervisorAc, kUser, kClasses };
  static constexpr bool is_user(Class c) { return c == kUser; }
  TlbEntry* table(Class c) { return current_[c]->entries(); }
  Class class_of(const TlbEntry* table) const;
  // In force for users while alignment is checked: it never holds anything, so
  // that each access comes by the slow path, which checks.
  TlbEntry* checked_table() { return checked_.data(); }

  Mmu();

  // Walks the page tables for an access of class `c`, setting A and D bits. On
  // failure the exception is pending in the Cpu and the result is false.
  bool translate(Cpu& cpu, uint64_t va, Access access, Class c, Translation& out);
  // The same without raising anything.
  static TranslationFault attempt(Cpu& cpu, uint64_t va, Access access, Class c, Translation& out);
  // Without A/D updates, faults or privilege checks; for debuggers and tracing.
  static bool probe(Cpu& cpu, uint64_t va, GuestAddr& physical);

  // Makes the entry for `va` after a successful translation to a RAM page.
  void fill(Cpu& cpu, Class c, uint64_t va, Access access, const Translation& translation);

  bool is_global(Class c, uint64_t va) const { return current_[c]->origin(va).global; }
  // The physical page of a valid entry of class `c` for `va`.
  uint64_t physical_page(Class c, uint64_t va) const { return current_[c]->origin(va).physical; }

  // Users' pages are kept for the last few process-context identifiers (SDM 3A
  // 4.10.1), so that a switch back finds them; supervisors' pages, which are
  // mostly global, for the current one only.
  static constexpr unsigned kSpaces = 6;
  unsigned space() const { return space_; }
  // CR3 names the context `pcid` now. Without `keep` its pages are dropped, but
  // for global ones. True when users' pages of an earlier stay are there.
  bool enter_context(uint16_t pcid, bool keep);
  // INVPCID: drops the pages of a context that is not the current one.
  void forget_context(uint16_t pcid);

  void flush_all();
  // What is not global, of all contexts.
  void flush_non_global();
  // INVLPG: every entry made from the page, of whatever size, that maps `va`.
  // True when that page may have been a large one.
  bool flush_page(uint64_t va);
  // The pages of every protection key whose two bits in `changed` are not 0.
  void flush_keys(uint32_t changed);
  // Decoded code now stands on this host page: stores must take the slow path.
  void protect_code(const uint8_t* host_page);

 private:
  static constexpr uint16_t kNoContext = 0xffff;
  static constexpr unsigned kTables = kUser + kSpaces;
  struct Space {
    uint16_t pcid = kNoContext;
    uint64_t entered = 0;  // in the order of entering
  };
  unsigned find_space(uint16_t pcid) const;
  unsigned oldest_space() const;
  TlbTable& user_table(unsigned space) { return tables_[kUser + space]; }

  std::array<TlbTable*, kClasses> current_;
  std::unique_ptr<std::array<TlbTable, kTables>> storage_;
  std::array<TlbTable, kTables>& tables_;
  std::array<Space, kSpaces> spaces_;
  unsigned space_ = 0;
  uint64_t entered_ = 0;
  std::array<TlbEntry, kTlbEntries> checked_{};
  // Regions (of 2 MiB, of 1 GiB; hashed) with entries made from large pages: a
  // page's entries are 4 KiB each, and INVLPG must find all of them.
  std::bitset<4096> large_regions_;
  std::bitset<64> huge_regions_;
};

}  // namespace vireo
