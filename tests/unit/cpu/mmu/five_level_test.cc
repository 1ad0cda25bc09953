// 5-level paging: 57-bit linear addresses (SDM 3A 4.5.1, 4.1.2).
#include <doctest/doctest.h>

#include "cpu/exec/msr.h"
#include "tests/unit/cpu/mmu/paging_guest.h"

namespace vireo {
namespace {

// One more level above the tables of PagingGuest: entry 0 leads to the old root,
// entry 1 to a table whose first entry leads to kPdpt.
struct FiveLevelGuest : PagingGuest {
  static constexpr uint64_t kPml5 = 0x44000, kSecondPml4 = 0x45000;
  static constexpr uint64_t kHigh = uint64_t{1} << 48;

  FiveLevelGuest() {
    memory.write(GuestAddr{kPml5}, kPml4 | kAllRights);
    memory.write(GuestAddr{kPml5 + 8}, kSecondPml4 | kAllRights);
    memory.write(GuestAddr{kSecondPml4}, kPdpt | kAllRights);
    cpu.cr3 = kPml5;
    cpu.cr4 |= kCr4La57;
    cpu.regs[kRdi] = kHigh;
    flush();
  }
  uint64_t root_entry() { return memory.read<uint64_t>(GuestAddr{kPml5 + 8}).value(); }
};

constexpr std::initializer_list<uint8_t> kMovToCr4 = {0x0f, 0x22, 0xe0, 0xf4};

TEST_CASE("an address beyond 48 bits goes through five tables, each marked accessed") {
  FiveLevelGuest guest;
  guest.memory.write(GuestAddr{PagingGuest::kFrame}, uint32_t{0x12345678});
  CHECK(PagingGuest::page_fault(guest.read()) == -1);
  CHECK(guest.cpu.regs[kRax] == 0x12345678);
  CHECK((guest.root_entry() & kAccessed) != 0);
  CHECK(PagingGuest::page_fault(guest.fetch()) == -1);
}

TEST_CASE("rights and reserved bits of a PML5 entry count") {
  FiveLevelGuest guest;
  const auto set_root = [&](uint64_t bits) {
    guest.memory.write(GuestAddr{FiveLevelGuest::kPml5 + 8}, FiveLevelGuest::kSecondPml4 | bits);
    guest.flush();
  };
  set_root(0);
  CHECK(PagingGuest::page_fault(guest.read()) == 0);
  set_root(kPresent | kUserPage);
  CHECK(PagingGuest::page_fault(guest.write()) == 3);
  set_root(kAllRights | kNoExecute);
  CHECK(PagingGuest::page_fault(guest.fetch()) == 0x11);
  set_root(kAllRights | kLargePage);
  CHECK(PagingGuest::page_fault(guest.read()) == 9);
  set_root(kAllRights | uint64_t{1} << 45);
  CHECK(PagingGuest::page_fault(guest.read()) == 9);
  set_root(kPresent | kWritable);
  guest.enter_user();
  CHECK(PagingGuest::page_fault(guest.read()) == 5);
}

TEST_CASE("bits 56:48 are part of the address with CR4.LA57 and must be copies without") {
  FiveLevelGuest guest;
  guest.cpu.regs[kRdi] = uint64_t{1} << 56;
  CHECK(guest.read().vector == kVectorGp);
  guest.cpu.regs[kRdi] = ~uint64_t{0} << 56;  // the lowest of the upper half: canonical
  CHECK(guest.read().vector == kVectorPf);
  PagingGuest four;
  four.cpu.regs[kRdi] = FiveLevelGuest::kHigh;
  CHECK(four.read().vector == kVectorGp);
}

TEST_CASE("CR4.LA57 does not change in long mode") {
  PagingGuest guest;
  guest.cpu.regs[kRax] = guest.cpu.cr4 | kCr4La57;
  CHECK(guest.fault_of(kMovToCr4).vector == kVectorGp);
  FiveLevelGuest five;
  five.cpu.regs[kRax] = five.cpu.cr4 & ~kCr4La57;
  CHECK(five.fault_of(kMovToCr4).vector == kVectorGp);
}

TEST_CASE("CR4.LA57 can be set before long mode, where the processor has it") {
  for (const char* model : {"max", "x86-64-v2"}) {
    SystemGuest guest(model);
    guest.cpu.cr0 &= ~kCr0Pg;
    guest.cpu.efer &= ~(kEferLme | kEferLma);
    guest.cpu.segs[kCs] = Segment{SystemGuest::kCode32, 0xc9b, 0xffffffff, 0};
    guest.cpu.idtr.limit = 0;
    guest.cpu.mode_changed();
    guest.cpu.regs[kRax] = guest.cpu.cr4 | kCr4La57;
    const bool taken = guest.run({0x0f, 0x22, 0xe0}, 1) == CpuExit::kBudget;
    CHECK(taken == guest.cpu.has(kFeatLa57));
    CHECK((guest.cpu.cr4 & kCr4La57) == (taken ? kCr4La57 : 0));
  }
}

TEST_CASE("bases may have the processor's width, whatever CR4.LA57 says") {
  PagingGuest wide;
  CHECK(write_msr(wide.cpu, 0xc0000102, uint64_t{1} << 50));
  CHECK_FALSE(write_msr(wide.cpu, 0xc0000102, uint64_t{1} << 57));
  TestGuest narrow("x86-64-v2");
  CHECK_FALSE(write_msr(narrow.cpu, 0xc0000102, uint64_t{1} << 50));
}

TEST_CASE("CPUID tells the widths of addresses") {
  const CpuModel max = CpuModel::named("max").value();
  const CpuModel v2 = CpuModel::named("x86-64-v2").value();
  CHECK(cpuid(max, 0x80000008, 0, {}).eax == (57 << 8 | 40));
  CHECK(cpuid(v2, 0x80000008, 0, {}).eax == (48 << 8 | 40));
}

}  // namespace
}  // namespace vireo
