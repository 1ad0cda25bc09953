#include "cpu/mmu/page_list.h"

#include "cpu/mmu/address_width.h"
#include "cpu/mmu/paging_bits.h"

namespace vireo {
namespace {

constexpr uint64_t kFrame = kPhysicalAddressMask & ~(kPageSize - 1);

class Lister {
 public:
  Lister(Cpu& cpu, const std::function<bool(const PageMapping&)>& tell) : cpu_(cpu), tell_(tell) {}

  bool run() {
    if (!cpu_.paging()) return true;
    if (cpu_.long_mode_active()) {
      const unsigned levels = cpu_.cr4 & kCr4La57 ? 5 : 4;
      return table({cpu_.cr3 & kFrame, levels, levels, 0}, {});
    }
    return cpu_.cr4 & kCr4Pae ? run_pae() : run_32();
  }

 private:
  struct Table {
    uint64_t at;
    unsigned level;   // 1: of 4 KiB pages
    unsigned top;     // the level of the whole tree, whose upper half is sign-extended
    uint64_t linear;  // of its first entry
  };

  // False: enough.
  bool count() { return ++read_ <= kMaxPageEntries; }

  PageMapping joined(PageMapping rights, uint64_t entry) const {
    rights.writable = rights.writable && (entry & kPteWritable);
    rights.user = rights.user && (entry & kPteUser);
    rights.no_execute = rights.no_execute || (entry & kPteNoExecute);
    rights.entry = entry;
    return rights;
  }

  bool page(PageMapping mapping, uint64_t linear, uint64_t physical, unsigned shift) {
    mapping.linear = linear;
    mapping.bytes = uint64_t{1} << shift;
    mapping.physical = physical & ~(mapping.bytes - 1);
    return tell_(mapping);
  }

  bool table(const Table& table, const PageMapping& above) {
    const unsigned shift = 12 + 9 * (table.level - 1);
    for (uint64_t i = 0; i < 512; ++i) {
      if (!count()) return false;
      const uint64_t entry = cpu_.memory().read<uint64_t>(GuestAddr{table.at + i * 8}).value_or(0);
      if ((entry & kPtePresent) == 0) continue;
      const PageMapping rights = joined(above, entry);
      uint64_t linear = table.linear + (i << shift);
      if (table.level == table.top && table.top > 2 && i >= 256)
        linear |= ~uint64_t{0} << shift << 9;
      const bool large = table.level <= 3 && (entry & kPteLarge);
      const bool more =
          table.level == 1 || large
              ? page(rights, linear, entry & kFrame, shift)
              : this->table({entry & kFrame, table.level - 1, table.top, linear}, rights);
      if (!more) return false;
    }
    return true;
  }

  // The four pointers are registers and hold no rights.
  bool run_pae() {
    for (uint64_t i = 0; i < 4; ++i) {
      const uint64_t pointer = cpu_.pdptes[i];
      if ((pointer & kPtePresent) == 0) continue;
      if (!table({pointer & kFrame, 2, 2, i << 30}, {})) return false;
    }
    return true;
  }

  bool run_32() {
    for (uint64_t i = 0; i < 1024; ++i) {
      if (!count()) return false;
      const uint32_t entry = read_32((cpu_.cr3 & 0xfffff000) + i * 4);
      if ((entry & kPtePresent) == 0) continue;
      const PageMapping rights = joined({}, entry);
      const bool large = (entry & kPteLarge) && (cpu_.cr4 & kCr4Pse);
      const uint64_t frame = (entry & 0xffc00000) | (uint64_t{entry} & 0x1fe000) << 19;
      if (!(large ? page(rights, i << 22, frame, 22) : table_32(entry & 0xfffff000, i, rights))) {
        return false;
      }
    }
    return true;
  }

  bool table_32(uint64_t at, uint64_t index, const PageMapping& above) {
    for (uint64_t i = 0; i < 1024; ++i) {
      if (!count()) return false;
      const uint32_t entry = read_32(at + i * 4);
      if ((entry & kPtePresent) == 0) continue;
      if (!page(joined(above, entry), index << 22 | i << 12, entry & 0xfffff000, 12)) return false;
    }
    return true;
  }

  uint32_t read_32(uint64_t at) const {
    return cpu_.memory().read<uint32_t>(GuestAddr{at}).value_or(0);
  }

  Cpu& cpu_;
  const std::function<bool(const PageMapping&)>& tell_;
  uint64_t read_ = 0;
};

}  // namespace

bool for_each_mapping(Cpu& cpu, const std::function<bool(const PageMapping&)>& tell) {
  return Lister(cpu, tell).run();
}

}  // namespace vireo
