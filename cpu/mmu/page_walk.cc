// 5-level, 4-level, PAE and 32-bit page walks.
#include "cpu/mmu/page_walk.h"

#include "cpu/mmu/address_width.h"
#include "cpu/mmu/paging_bits.h"

namespace vireo {
namespace {

constexpr uint64_t kFrame = kPhysicalAddressMask & ~kPageMask;

// Bits of the index into a table of 8-byte entries at `level` (1: page table).
constexpr unsigned level_shift(unsigned level) { return 12 + 9 * (level - 1); }
constexpr unsigned index_64(uint64_t va, unsigned shift) { return va >> shift & 511; }

// Bits 51:M; a large page's alignment bits but for its PAT bit (12).
constexpr uint64_t kReservedAddress = ((uint64_t{1} << 52) - 1) & ~kPhysicalAddressMask;
constexpr uint64_t reserved_in_large(unsigned shift) {
  return ((uint64_t{1} << shift) - 1) & ~uint64_t{0x1fff};
}
// PAE paging reserves all of 62:M (SDM 3A tables 4-9 to 4-11).
constexpr uint64_t kReservedPae = ~kPhysicalAddressMask & ~kPteNoExecute;

}  // namespace

PageWalk::End PageWalk::run() {
  if (!cpu_.long_mode_active()) return cpu_.cr4 & kCr4Pae ? run_pae() : run_32();
  return run_64(cpu_.cr4 & kCr4La57 ? 5 : 4, cpu_.cr3 & kFrame);
}

bool PageWalk::dirty() const { return entries_[count_ - 1].value & kPteDirty; }
bool PageWalk::global() const { return entries_[count_ - 1].value & kPteGlobal; }
unsigned PageWalk::protection_key() const { return entries_[count_ - 1].value >> 59 & 15; }

void PageWalk::set_accessed_dirty(bool write) {
  for (unsigned i = 0; i < count_; ++i) {
    const bool leaf = i + 1 == count_;
    const uint64_t want = kPteAccessed | (leaf && write ? kPteDirty : 0);
    if ((entries_[i].value & want) == want) continue;
    entries_[i].value |= want;
    write_entry(entries_[i]);
  }
}

template <typename T>
uint64_t PageWalk::load(GuestAddr at) const {
  if (at.value < GuestMemory::kHidden) return cpu_.memory().read<T>(at).value_or(0);
  T value = 0;
  cpu_.memory().read_as_cpu(at, std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

uint64_t PageWalk::read_entry(uint64_t table, unsigned index) {
  const GuestAddr at = cpu_.bus_address(table + uint64_t{index} * (wide_ ? 8 : 4));
  const uint64_t value = wide_ ? load<uint64_t>(at) : load<uint32_t>(at);
  entries_[count_++] = {at, value};
  return value;
}

void PageWalk::write_entry(const Entry& entry) {
  const auto bytes = std::as_bytes(std::span(&entry.value, 1));
  cpu_.memory().write_as_cpu(entry.at, bytes.first(wide_ ? 8 : 4));
}

void PageWalk::accumulate(uint64_t entry) {
  writable_ = writable_ && (entry & kPteWritable);
  user_ = user_ && (entry & kPteUser);
  no_execute_ = no_execute_ || (wide_ && (entry & kPteNoExecute));
}

bool PageWalk::has_reserved_bit(uint64_t entry, uint64_t reserved) const {
  if (!(cpu_.efer & kEferNxe)) reserved |= kPteNoExecute;
  return entry & reserved;
}

PageWalk::End PageWalk::map(uint64_t frame, unsigned shift) {
  const uint64_t low = (uint64_t{1} << shift) - 1;
  physical_ = (frame & ~low) | (va_ & low);
  page_shift_ = shift;
  return End::kMapped;
}

PageWalk::End PageWalk::run_64(unsigned levels, uint64_t table) {
  for (unsigned level = levels;; --level) {
    const unsigned shift = level_shift(level);
    const uint64_t entry = read_entry(table, index_64(va_, shift));
    if (!(entry & kPtePresent)) return End::kNotPresent;
    const bool may_be_large = level == 2 || (level == 3 && cpu_.has(kFeat1gPages));
    const bool large = may_be_large && (entry & kPteLarge);
    uint64_t reserved = kReservedAddress;
    if (large) reserved |= reserved_in_large(shift);
    else if (level > 1 && !may_be_large) reserved |= kPteLarge;
    if (has_reserved_bit(entry, reserved)) return End::kReservedBit;
    accumulate(entry);
    if (large || level == 1) return map(entry & kFrame, shift);
    table = entry & kFrame;
  }
}

// PDPTEs are registers, checked when they were loaded; they hold no rights.
PageWalk::End PageWalk::run_pae() {
  const uint64_t pdpte = cpu_.pdptes[va_ >> 30 & 3];
  if (!(pdpte & kPtePresent)) return End::kNotPresent;
  const uint64_t pde = read_entry(pdpte & kFrame, index_64(va_, 21));
  if (!(pde & kPtePresent)) return End::kNotPresent;
  const bool large = pde & kPteLarge;
  const uint64_t reserved = kReservedPae | (large ? reserved_in_large(21) : 0);
  if (has_reserved_bit(pde, reserved)) return End::kReservedBit;
  accumulate(pde);
  if (large) return map(pde & kFrame, 21);
  const uint64_t pte = read_entry(pde & kFrame, index_64(va_, 12));
  if (!(pte & kPtePresent)) return End::kNotPresent;
  if (has_reserved_bit(pte, kReservedPae)) return End::kReservedBit;
  accumulate(pte);
  return map(pte & kFrame, 12);
}

PageWalk::End PageWalk::run_32() {
  wide_ = false;
  const uint64_t pde = read_entry(cpu_.cr3 & 0xfffff000, va_ >> 22 & 1023);
  if (!(pde & kPtePresent)) return End::kNotPresent;
  accumulate(pde);
  if ((pde & kPteLarge) && (cpu_.cr4 & kCr4Pse)) {
    // PSE-36: bits 20:13 are physical bits 39:32; bit 21 is reserved.
    static_assert(kPhysicalAddressBits == 40);
    if (pde & 0x200000) return End::kReservedBit;
    return map((pde & 0xffc00000) | (pde & 0x1fe000) << 19, 22);
  }
  const uint64_t pte = read_entry(pde & 0xfffff000, va_ >> 12 & 1023);
  if (!(pte & kPtePresent)) return End::kNotPresent;
  accumulate(pte);
  return map(pte & 0xfffff000, 12);
}

}  // namespace vireo
