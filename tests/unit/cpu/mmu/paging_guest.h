// A guest with one linear page (or a large one) whose every table entry a test
// sets, to try accesses at it.
#pragma once

#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {

inline constexpr uint64_t kPresent = 1, kWritable = 2, kUserPage = 4, kAccessed = 0x20,
                          kDirty = 0x40, kLargePage = 0x80, kGlobalPage = 0x100,
                          kNoExecute = uint64_t{1} << 63;
inline constexpr uint64_t kAllRights = kPresent | kWritable | kUserPage;

class PagingGuest : public SystemGuest {
 public:
  // Linear 512 GiB: its own PML4 entry, so that all four levels can be chosen.
  static constexpr uint64_t kLinear = uint64_t{1} << 39;
  static constexpr uint64_t kPdpt = 0x40000, kDirectory = 0x41000, kTable = 0x42000;
  static constexpr uint64_t kFrame = 0x500000, kOtherFrame = 0x501000;

  PagingGuest() {
    set_level(4, kPdpt | kAllRights);
    set_level(3, kDirectory | kAllRights);
    set_level(2, kTable | kAllRights);
    set_level(1, kFrame | kAllRights);
    cpu.regs[kRdi] = kLinear;
  }

  // The entry of kLinear in the table of `level`: 4 (PML4E) to 1 (PTE).
  static GuestAddr entry_at(unsigned level) {
    static constexpr uint64_t kEntries[] = {kTable, kDirectory, kPdpt, kPml4 + 8};
    return GuestAddr{kEntries[level - 1]};
  }
  void set_level(unsigned level, uint64_t entry) { memory.write(entry_at(level), entry); }
  uint64_t level(unsigned n) const { return memory.read<uint64_t>(entry_at(n)).value(); }

  // mov eax, [rdi]; hlt / mov [rdi], eax; hlt / jmp rdi (where there is a HLT).
  // At level 3 the HLT is #GP, which also ends a run.
  Frame read() { return access({0x8b, 0x07, 0xf4}); }
  Frame write() { return access({0x89, 0x07, 0xf4}); }
  Frame fetch() {
    memory.write(GuestAddr{kFrame}, uint8_t{0xf4});
    return access({0xff, 0xe7});
  }

  // The vector of a fault in `f`, or -1 when the access went through.
  static int page_fault(const Frame& f) {
    return f.vector == kVectorPf ? static_cast<int>(f.error) : -1;
  }

  void supervisor() {
    cpu.segs[kCs] = Segment{kCode64, 0xa9b, 0xffffffff, 0};
    cpu.set_cpl(0);
    cpu.mode_changed();
    cpu.regs[kRsp] = kStack;
  }
  // As CR3 loads do.
  void flush() { cpu.mmu().flush_all(); cpu.blocks().new_generation(); cpu.mode_changed(); }

 private:
  Frame access(std::initializer_list<uint8_t> code) {
    cpu.halted = false;
    const bool user = cpu.cpl == 3;
    cpu.cr2 = 0;
    const Frame f = fault_of(code);
    if (user) enter_user();
    else supervisor();
    return f;
  }
};

}  // namespace vireo
