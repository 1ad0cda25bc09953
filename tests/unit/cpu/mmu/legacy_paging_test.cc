// PAE and 32-bit paging, and no paging at all, straight through Mmu::translate.
#include <doctest/doctest.h>

#include "cpu/mmu/pdpte.h"
#include "tests/unit/cpu/mmu/paging_guest.h"

namespace vireo {
namespace {

constexpr uint64_t kRoot = 0x50000, kDirectory = 0x51000, kTable = 0x52000;

struct LegacyGuest : SystemGuest {
  LegacyGuest() {
    cpu.efer = kEferNxe;
    cpu.cr3 = kRoot;
    cpu.segs[kCs] = Segment{0x08, 0xc9b, 0xffffffff, 0};
  }
  void use_pae() { cpu.cr4 = kCr4Pae; cpu.mode_changed(); }
  // As MOV to CR3 does.
  void load_pointers() { REQUIRE(load_pdptes(cpu, cpu.cr3) == Status::kOk); }
  void use_32bit(bool pse) { cpu.cr4 = pse ? kCr4Pse : 0; cpu.mode_changed(); }

  // The physical address, or nothing when there is a fault.
  std::optional<uint64_t> translate(uint64_t va, Access access = Access::kRead,
                                    Mmu::Class c = Mmu::kSupervisor) {
    if (!cpu.mmu().translate(cpu, va, access, c, out)) return std::nullopt;
    return out.physical.value;
  }
  template <typename T>
  void put(uint64_t at, T value) { memory.write(GuestAddr{at}, value); }

  Translation out;
};

TEST_CASE("without paging every address is its own physical one, 32 bits wide") {
  LegacyGuest guest;
  guest.cpu.cr0 &= ~kCr0Pg;
  guest.cpu.mode_changed();
  CHECK(guest.translate(0x12345678, Access::kWrite) == 0x12345678);
  CHECK(guest.out.writable);
}

TEST_CASE("32-bit paging: two levels of 1024 entries") {
  LegacyGuest guest;
  guest.use_32bit(false);
  guest.put<uint32_t>(kRoot + 4 * (0xc0123456 >> 22), kTable | 7);
  guest.put<uint32_t>(kTable + 4 * (0xc0123456 >> 12 & 1023), 0x00789000 | 7);
  CHECK(guest.translate(0xc0123456) == 0x00789456);
  CHECK(guest.out.page_shift == 12);
  CHECK_FALSE(guest.out.writable);  // the page is not dirty yet
  CHECK(guest.translate(0xc0123456, Access::kWrite) == 0x00789456);
  CHECK(guest.out.writable);
  CHECK(guest.memory.read<uint32_t>(GuestAddr{kTable + 4 * 0x123}) == (0x00789000 | 0x67));
  CHECK(guest.memory.read<uint32_t>(GuestAddr{kRoot + 4 * 0x300}) == (kTable | 0x27));
}

TEST_CASE("32-bit paging: PS is ignored without CR4.PSE and a 4 MiB page with it") {
  LegacyGuest guest;
  guest.use_32bit(true);
  guest.put<uint32_t>(kRoot + 4, 0x00800000 | 0x87);
  CHECK(guest.translate(0x00512345) == 0x00912345);
  CHECK(guest.out.page_shift == 22);
  // PSE-36: bits 13-20 give physical bits 32-39.
  guest.put<uint32_t>(kRoot + 4, 0x00800000 | 0x87 | 3 << 13);
  CHECK(guest.translate(0x00512345) == 0x300912345);
  guest.use_32bit(false);
  guest.put<uint32_t>(kRoot + 4, kTable | 0x87);
  guest.put<uint32_t>(kTable + 4 * 0x112, 0x00789000 | 7);
  CHECK(guest.translate(0x00512345) == 0x00789345);
}

TEST_CASE("32-bit paging: bit 21 of a 4 MiB page is reserved") {
  LegacyGuest guest;
  guest.use_32bit(true);
  guest.put<uint32_t>(kRoot + 4, 0x00a00000 | 0x87);
  CHECK_FALSE(guest.translate(0x00512345));
}

TEST_CASE("PAE paging: four directory pointers, 512 entries, NX") {
  LegacyGuest guest;
  guest.use_pae();
  guest.put<uint64_t>(kRoot + 8 * 3, kDirectory | 1);
  guest.load_pointers();
  guest.put<uint64_t>(kDirectory + 8 * 1, kTable | 7);
  guest.put<uint64_t>(kTable + 8 * 0x23, 0x00789000 | 7);
  CHECK(guest.translate(0xc0223456) == 0x00789456);
  CHECK(guest.memory.read<uint64_t>(GuestAddr{kRoot + 8 * 3}) == (kDirectory | 1));  // no A bit
  CHECK(guest.memory.read<uint64_t>(GuestAddr{kDirectory + 8}) == (kTable | 0x27));
  CHECK(guest.translate(0xc0223456, Access::kExec) == 0x00789456);
  guest.put<uint64_t>(kTable + 8 * 0x23, 0x00789000 | 7 | kNoExecute);
  CHECK_FALSE(guest.translate(0xc0223456, Access::kExec));
}

TEST_CASE("PAE paging: 2 MiB pages above 4 GiB") {
  LegacyGuest guest;
  guest.use_pae();
  guest.put<uint64_t>(kRoot, kDirectory | 1);
  guest.load_pointers();
  guest.put<uint64_t>(kDirectory + 8 * 2, 0x123400000 | 0x87);
  CHECK(guest.translate(0x0051a2b3) == 0x12351a2b3);
  CHECK(guest.out.page_shift == 21);
}

TEST_CASE("PAE paging: CR3 is 32-byte aligned") {
  LegacyGuest guest;
  guest.use_pae();
  guest.cpu.cr3 = kRoot + 0x20;
  guest.put<uint64_t>(kRoot + 0x20, kDirectory | 1);
  guest.load_pointers();
  guest.put<uint64_t>(kDirectory, 0x00800000 | 0x87);
  CHECK(guest.translate(0x1234) == 0x801234);
}

TEST_CASE("tables that are not RAM read as not present") {
  LegacyGuest guest;
  guest.use_pae();
  guest.put<uint64_t>(kRoot, 0xff000000 | 1);
  guest.load_pointers();
  CHECK_FALSE(guest.translate(0));
}

TEST_CASE("user rights count at both levels of 32-bit paging") {
  LegacyGuest guest;
  guest.use_32bit(false);
  guest.put<uint32_t>(kRoot, kTable | 7);
  guest.put<uint32_t>(kTable, 0x00789000 | 3);
  CHECK_FALSE(guest.translate(0, Access::kRead, Mmu::kUser));
  guest.put<uint32_t>(kTable, 0x00789000 | 7);
  CHECK(guest.translate(0, Access::kRead, Mmu::kUser).has_value());
  guest.put<uint32_t>(kRoot, kTable | 5);
  CHECK_FALSE(guest.translate(0, Access::kWrite, Mmu::kUser));
}

}  // namespace
}  // namespace vireo
