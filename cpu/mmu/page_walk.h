// The walk through the paging structures for one linear address (SDM 3A 4.2 to
// 4.5): which entries it uses, where it ends and which rights they add up to.
#pragma once

#include <cstdint>

#include "cpu/cpu.h"

namespace vireo {

// Entries outside RAM read as zero, which is "not present", and are never
// written: devices do not see walks, whose number depends on what the TLB holds.
class PageWalk {
 public:
  enum class End : uint8_t { kMapped, kNotPresent, kReservedBit };

  // `va` has the width of the mode: canonical in long mode, else 32 bits.
  PageWalk(Cpu& cpu, uint64_t va) : cpu_(cpu), va_(va) {}

  End run();

  // Of a mapped address: the rights of all levels together.
  bool writable() const { return writable_; }
  bool user() const { return user_; }
  bool no_execute() const { return no_execute_; }
  // Of the entry that maps the page.
  bool dirty() const;
  bool global() const;
  unsigned protection_key() const;
  unsigned page_shift() const { return page_shift_; }
  uint64_t physical() const { return physical_; }

  // Marks the entries as used by an access that succeeds.
  void set_accessed_dirty(bool write);

 private:
  struct Entry {
    GuestAddr at;
    uint64_t value = 0;
  };

  End run_64(unsigned levels, uint64_t table);
  End run_pae();
  End run_32();
  template <typename T>
  uint64_t load(GuestAddr at) const;
  uint64_t read_entry(uint64_t table, unsigned index);
  void write_entry(const Entry& entry);
  void accumulate(uint64_t entry);
  bool has_reserved_bit(uint64_t entry, uint64_t reserved) const;
  End map(uint64_t frame, unsigned shift);

  Cpu& cpu_;
  uint64_t va_;
  Entry entries_[5];  // without PDPTEs, which are registers
  unsigned count_ = 0;
  uint64_t physical_ = 0;
  unsigned page_shift_ = 12;
  bool wide_ = true;  // entries of 8 bytes
  bool writable_ = true, user_ = true, no_execute_ = false;
};

}  // namespace vireo
