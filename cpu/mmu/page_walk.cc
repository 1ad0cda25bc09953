// Page walks: 4-level, PAE and 32-bit paging, with permissions and A/D bits
// (SDM 3A 4.2 to 4.8).
#include <optional>

#include "cpu/cpu.h"
#include "cpu/mmu/address_width.h"
#include "cpu/mmu/mmu.h"

namespace vireo {
namespace {

constexpr uint64_t kPtePresent = 1, kPteWrite = 2, kPteUser = 4, kPteAccessed = 0x20,
                   kPteDirty = 0x40, kPteLarge = 0x80, kPteGlobal = 0x100,
                   kPteNx = uint64_t{1} << 63;
// Bits of a #PF error code.
constexpr uint32_t kErrPresent = 1, kErrWrite = 2, kErrUser = 4, kErrReserved = 8, kErrFetch = 16;

constexpr uint64_t kAddressMask = kPhysicalAddressMask & ~kPageMask;
constexpr uint64_t kReservedHigh = ((uint64_t{1} << 52) - 1) & ~kPhysicalAddressMask;

struct Level {
  GuestAddr entry_at;
  uint64_t entry = 0;
};

// One walk: the path of entries from the root to the leaf.
class Walk {
 public:
  Walk(Cpu& cpu, uint64_t va) : cpu_(cpu), va_(va) {}

  // Follows the tables. `reserved` and `present` tell why it stopped.
  bool run() {
    if (cpu_.long_mode_active()) return run_64(4, cpu_.cr3 & kAddressMask);
    if (cpu_.cr4 & kCr4Pae) return run_pae();
    return run_32();
  }

  bool reserved() const { return reserved_; }
  bool writable() const { return writable_; }
  bool user() const { return user_; }
  bool nx() const { return nx_; }
  bool dirty() const { return levels_[count_ - 1].entry & kPteDirty; }
  bool global() const { return (levels_[count_ - 1].entry & kPteGlobal) != 0; }
  uint8_t page_shift() const { return page_shift_; }
  GuestAddr physical() const { return GuestAddr{physical_}; }

  void set_accessed_dirty(bool write) {
    for (unsigned i = first_flagged_; i < count_; ++i) {
      const bool leaf = i + 1 == count_;
      const uint64_t want = kPteAccessed | (leaf && write ? kPteDirty : 0);
      if ((levels_[i].entry & want) == want) continue;
      levels_[i].entry |= want;
      if (wide_) cpu_.memory().write(levels_[i].entry_at, levels_[i].entry);
      else cpu_.memory().write(levels_[i].entry_at, static_cast<uint32_t>(levels_[i].entry));
    }
  }

 private:
  // Entries outside RAM read as not present: all ones would be worse.
  uint64_t read_entry(GuestAddr at) {
    uint64_t entry = 0;
    if (wide_) entry = cpu_.memory().read<uint64_t>(at).value_or(0);
    else entry = cpu_.memory().read<uint32_t>(at).value_or(0);
    levels_[count_++] = {at, entry};
    return entry;
  }

  void accumulate(uint64_t entry) {
    writable_ = writable_ && (entry & kPteWrite);
    user_ = user_ && (entry & kPteUser);
    nx_ = nx_ || (wide_ && (entry & kPteNx));
  }

  bool bad_bits(uint64_t entry, uint64_t reserved_bits) {
    if (!(cpu_.efer & kEferNxe)) reserved_bits |= kPteNx;
    reserved_ = entry & reserved_bits;
    return reserved_;
  }

  bool leaf(uint64_t entry, unsigned shift, uint64_t frame_mask) {
    const uint64_t low = (uint64_t{1} << shift) - 1;
    physical_ = (entry & frame_mask & ~low) | (va_ & low);
    page_shift_ = static_cast<uint8_t>(shift);
    return true;
  }

  bool run_64(int levels, uint64_t table) {
    for (int level = levels; level >= 1; --level) {
      const unsigned shift = 12 + 9 * (static_cast<unsigned>(level) - 1);
      const uint64_t entry = read_entry(GuestAddr{table + (va_ >> shift & 511) * 8});
      if (!(entry & kPtePresent)) return false;
      const bool large = level > 1 && (entry & kPteLarge);
      const bool may_be_large = level == 2 || (level == 3 && cpu_.has(kFeat1gPages));
      uint64_t reserved = kReservedHigh;
      if (large && !may_be_large) reserved |= kPteLarge;
      if (large && may_be_large) reserved |= ((uint64_t{1} << shift) - 1) & ~uint64_t{0x1fff};
      if (bad_bits(entry, reserved)) return false;
      accumulate(entry);
      if (large || level == 1) return leaf(entry, shift, kAddressMask);
      table = entry & kAddressMask;
    }
    return false;
  }

  // PDPTEs have no R/W, U/S, A bits and are not flagged accessed.
  bool run_pae() {
    const uint64_t root = cpu_.cr3 & 0xffffffe0;
    const uint64_t pdpte = read_entry(GuestAddr{root + (va_ >> 30 & 3) * 8});
    first_flagged_ = 1;
    if (!(pdpte & kPtePresent)) return false;
    const uint64_t pde = read_entry(GuestAddr{(pdpte & kAddressMask) + (va_ >> 21 & 511) * 8});
    if (!(pde & kPtePresent)) return false;
    if (bad_bits(pde, kReservedHigh | ((pde & kPteLarge) ? 0x1fe000 : 0))) return false;
    accumulate(pde);
    if (pde & kPteLarge) return leaf(pde, 21, kAddressMask);
    const uint64_t pte = read_entry(GuestAddr{(pde & kAddressMask) + (va_ >> 12 & 511) * 8});
    if (!(pte & kPtePresent) || bad_bits(pte, kReservedHigh)) return false;
    accumulate(pte);
    return leaf(pte, 12, kAddressMask);
  }

  bool run_32() {
    wide_ = false;
    const uint64_t pde = read_entry(GuestAddr{(cpu_.cr3 & 0xfffff000) + (va_ >> 22 & 1023) * 4});
    if (!(pde & kPtePresent)) return false;
    accumulate(pde);
    if ((pde & kPteLarge) && (cpu_.cr4 & kCr4Pse)) {
      // PSE-36: bits 13-20 are physical bits 32-39; bit 21 is reserved.
      reserved_ = pde & 0x200000;
      if (reserved_) return false;
      page_shift_ = 22;
      physical_ = (pde & 0xffc00000) | (pde & 0x1fe000) << 19 | (va_ & 0x3fffff);
      return true;
    }
    const uint64_t pte = read_entry(GuestAddr{(pde & 0xfffff000) + (va_ >> 12 & 1023) * 4});
    if (!(pte & kPtePresent)) return false;
    accumulate(pte);
    return leaf(pte, 12, 0xfffff000);
  }

  Cpu& cpu_;
  uint64_t va_;
  Level levels_[4];
  unsigned count_ = 0;
  unsigned first_flagged_ = 0;
  uint64_t physical_ = 0;
  uint8_t page_shift_ = 12;
  bool wide_ = true;
  bool writable_ = true, user_ = true, nx_ = false, reserved_ = false;
};

// SDM 3A 4.6.1.
bool permitted(const Cpu& cpu, const Walk& walk, Access access, Mmu::Class c) {
  const bool user = c == Mmu::kUser;
  if (user && !walk.user()) return false;
  if (access == Access::kExec) {
    if (walk.nx()) return false;
    return user || !walk.user() || !(cpu.cr4 & kCr4Smep);
  }
  if (c == Mmu::kSupervisor && walk.user() && (cpu.cr4 & kCr4Smap)) return false;
  if (access == Access::kRead) return true;
  return walk.writable() || (!user && !(cpu.cr0 & kCr0Wp));
}

uint32_t error_code(const Cpu& cpu, Access access, Mmu::Class c, bool present, bool reserved) {
  uint32_t code = present ? kErrPresent : 0;
  if (access == Access::kWrite) code |= kErrWrite;
  if (c == Mmu::kUser) code |= kErrUser;
  if (reserved) code |= kErrReserved | kErrPresent;
  const bool nx_active = (cpu.cr4 & kCr4Pae) && (cpu.efer & kEferNxe);
  if (access == Access::kExec && (nx_active || (cpu.cr4 & kCr4Smep))) code |= kErrFetch;
  return code;
}

}  // namespace

bool Mmu::translate(Cpu& cpu, uint64_t va, Access access, Class c, Translation& out) {
  if (!cpu.paging()) {
    out = Translation{GuestAddr{va & 0xffffffff}, true, true};
    return true;
  }
  if (cpu.long_mode_active() && !is_canonical(cpu, va)) {
    cpu.raise(kVectorGp, 0);
    return false;
  }
  Walk walk(cpu, va);
  const bool found = walk.run();
  if (!found || !permitted(cpu, walk, access, c)) {
    cpu.raise_page_fault(va, error_code(cpu, access, c, found, walk.reserved()));
    return false;
  }
  const bool write = access == Access::kWrite;
  walk.set_accessed_dirty(write);
  out.physical = walk.physical();
  out.global = walk.global() && (cpu.cr4 & kCr4Pge);
  out.page_shift = walk.page_shift();
  out.writable = walk.dirty() && permitted(cpu, walk, Access::kWrite, c);
  return true;
}

bool Mmu::probe(Cpu& cpu, uint64_t va, GuestAddr& physical) {
  if (!cpu.paging()) {
    physical = GuestAddr{va & 0xffffffff};
    return true;
  }
  Walk walk(cpu, va);
  if (!walk.run()) return false;
  physical = walk.physical();
  return true;
}

}  // namespace vireo
