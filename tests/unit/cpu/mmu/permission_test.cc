// Rights of pages, and the error codes of those who lack them (SDM 3A 4.6, 4.7).
#include <doctest/doctest.h>

#include "tests/unit/cpu/mmu/paging_guest.h"

namespace vireo {
namespace {

constexpr int kNone = -1;

int read_at(PagingGuest& guest) { return PagingGuest::page_fault(guest.read()); }
int write_at(PagingGuest& guest) { return PagingGuest::page_fault(guest.write()); }
int fetch_at(PagingGuest& guest) { return PagingGuest::page_fault(guest.fetch()); }

TEST_CASE("an absent entry at any level faults with P clear and CR2 exact") {
  for (unsigned level = 1; level <= 4; ++level) {
    PagingGuest guest;
    guest.set_level(level, guest.level(level) & ~kPresent);
    guest.cpu.regs[kRdi] += 0x123;
    CHECK(read_at(guest) == 0);
    CHECK(guest.cpu.cr2 == PagingGuest::kLinear + 0x123);
    CHECK(write_at(guest) == 2);
    CHECK(fetch_at(guest) == 0x10);
    guest.enter_user();
    CHECK(read_at(guest) == 4);
    CHECK(write_at(guest) == 6);
    CHECK(fetch_at(guest) == 0x14);
  }
}

TEST_CASE("user access needs U/S at every level") {
  for (unsigned level = 1; level <= 4; ++level) {
    PagingGuest guest;
    guest.set_level(level, guest.level(level) & ~kUserPage);
    CHECK(read_at(guest) == kNone);
    CHECK(write_at(guest) == kNone);
    CHECK(fetch_at(guest) == kNone);
    guest.enter_user();
    CHECK(read_at(guest) == 5);
    CHECK(write_at(guest) == 7);
    CHECK(fetch_at(guest) == 0x15);
  }
}

TEST_CASE("a store needs R/W at every level, of supervisors only while CR0.WP is set") {
  for (unsigned level = 1; level <= 4; ++level) {
    PagingGuest guest;
    guest.set_level(level, guest.level(level) & ~kWritable);
    CHECK(read_at(guest) == kNone);
    CHECK(write_at(guest) == 3);
    guest.cpu.cr0 &= ~kCr0Wp;
    guest.flush();
    CHECK(write_at(guest) == kNone);
    guest.enter_user();
    CHECK(read_at(guest) == kNone);
    CHECK(write_at(guest) == 7);
  }
}

TEST_CASE("a user store after a supervisor store with WP clear still faults") {
  PagingGuest guest;
  guest.set_level(1, guest.level(1) & ~kWritable);
  guest.cpu.cr0 &= ~kCr0Wp;
  guest.flush();
  CHECK(write_at(guest) == kNone);
  guest.enter_user();
  CHECK(write_at(guest) == 7);
}

TEST_CASE("NX at any level stops fetches, and nothing else") {
  for (unsigned level = 1; level <= 4; ++level) {
    PagingGuest guest;
    guest.set_level(level, guest.level(level) | kNoExecute);
    CHECK(read_at(guest) == kNone);
    CHECK(write_at(guest) == kNone);
    CHECK(fetch_at(guest) == 0x11);
    guest.enter_user();
    CHECK(fetch_at(guest) == 0x15);
  }
}

TEST_CASE("NX is a reserved bit while EFER.NXE is clear") {
  PagingGuest guest;
  guest.cpu.efer &= ~kEferNxe;
  guest.set_level(1, guest.level(1) | kNoExecute);
  CHECK(read_at(guest) == 9);
  CHECK(write_at(guest) == 0xb);
  CHECK(fetch_at(guest) == 9);  // without NXE and SMEP no fetch bit
}

TEST_CASE("SMEP stops supervisor fetches from user pages") {
  PagingGuest guest;
  CHECK(fetch_at(guest) == kNone);
  guest.cpu.cr4 |= kCr4Smep;
  // The code of the test itself is on user pages: make them supervisor's.
  guest.memory.write(GuestAddr{TestGuest::kPml4 + 0x2000}, uint64_t{0x83});
  guest.flush();
  CHECK(read_at(guest) == kNone);
  CHECK(fetch_at(guest) == 0x11);
  guest.set_level(1, guest.level(1) & ~kUserPage);
  guest.flush();
  CHECK(fetch_at(guest) == kNone);
}

TEST_CASE("SMAP stops supervisor data access to user pages unless AC is set") {
  PagingGuest guest;
  guest.memory.write(GuestAddr{TestGuest::kPml4 + 0x2000}, uint64_t{0x83});
  guest.memory.write(GuestAddr{TestGuest::kPml4 + 0x2008}, uint64_t{0x200083});  // the stack
  guest.cpu.cr4 |= kCr4Smap;
  guest.flush();
  CHECK(read_at(guest) == 1);
  CHECK(write_at(guest) == 3);
  guest.cpu.rflags |= kFlagAc;
  guest.cpu.mode_changed();
  CHECK(read_at(guest) == kNone);
  CHECK(write_at(guest) == kNone);
  guest.cpu.rflags &= ~kFlagAc;
  guest.cpu.mode_changed();
  CHECK(read_at(guest) == 1);
  guest.set_level(1, guest.level(1) & ~kUserPage);
  guest.flush();
  CHECK(read_at(guest) == kNone);
}

TEST_CASE("a reserved bit at any level faults with RSVD, whoever asks") {
  for (unsigned level = 1; level <= 4; ++level) {
    PagingGuest guest;
    guest.set_level(level, guest.level(level) | uint64_t{1} << 51);
    CHECK(read_at(guest) == 9);
    CHECK(write_at(guest) == 0xb);
    guest.enter_user();
    CHECK(read_at(guest) == 0xd);
  }
  PagingGuest guest;  // PS is reserved in a PML4 entry
  guest.set_level(4, guest.level(4) | kLargePage);
  CHECK(read_at(guest) == 9);
}

TEST_CASE("accessed and dirty bits are set by those accesses that succeed") {
  PagingGuest guest;
  guest.read();
  for (unsigned level = 1; level <= 4; ++level) CHECK((guest.level(level) & kAccessed) != 0);
  CHECK((guest.level(1) & kDirty) == 0);
  guest.write();
  CHECK((guest.level(1) & kDirty) != 0);
  for (unsigned level = 2; level <= 4; ++level) CHECK((guest.level(level) & kDirty) == 0);
}

TEST_CASE("an access that faults sets no dirty bit") {
  PagingGuest guest;
  guest.set_level(1, guest.level(1) & ~kWritable);
  guest.write();
  CHECK((guest.level(1) & kDirty) == 0);
}

TEST_CASE("a dirty bit that was cleared in memory comes back after INVLPG") {
  PagingGuest guest;
  guest.write();
  guest.set_level(1, guest.level(1) & ~(kDirty | kAccessed));
  // invlpg [rdi]; mov eax, [rdi]; hlt
  guest.cpu.halted = false;
  guest.fault_of({0x0f, 0x01, 0x3f, 0x8b, 0x07, 0xf4});
  CHECK((guest.level(1) & kAccessed) != 0);
  CHECK((guest.level(1) & kDirty) == 0);
  guest.write();
  CHECK((guest.level(1) & kDirty) != 0);
}

TEST_CASE("a store over a page end whose second page is not writable changes neither") {
  PagingGuest guest;
  guest.memory.write(GuestAddr{PagingGuest::kTable + 8}, PagingGuest::kOtherFrame | kPresent);
  guest.cpu.regs[kRdi] = PagingGuest::kLinear + 0xffe;
  guest.cpu.regs[kRax] = 0x44332211;
  CHECK(write_at(guest) == 3);
  CHECK(guest.cpu.cr2 == PagingGuest::kLinear + 0x1000);
  CHECK(guest.memory.read<uint16_t>(GuestAddr{PagingGuest::kFrame + 0xffe}) == 0);
}

TEST_CASE("a read over a page end takes both frames") {
  PagingGuest guest;
  guest.memory.write(GuestAddr{PagingGuest::kTable + 8}, 0x600000 | kAllRights);
  guest.memory.write(GuestAddr{PagingGuest::kFrame + 0xffe}, uint16_t{0x2211});
  guest.memory.write(GuestAddr{0x600000}, uint16_t{0x4433});
  guest.cpu.regs[kRdi] = PagingGuest::kLinear + 0xffe;
  CHECK(read_at(guest) == kNone);
  CHECK(guest.cpu.regs[kRax] == 0x44332211);
}

TEST_CASE("a non-canonical address is #GP(0), and #SS(0) by way of the stack") {
  PagingGuest guest;
  guest.cpu.regs[kRdi] = uint64_t{1} << 47;
  CHECK(guest.read().vector == kVectorGp);
  guest.cpu.halted = false;
  guest.cpu.regs[kRbp] = uint64_t{1} << 47;
  CHECK(guest.fault_of({0x8b, 0x45, 0x00}).vector == kVectorSs);  // mov eax, [rbp]
  guest.cpu.halted = false;
  guest.cpu.regs[kRdi] = uint64_t{1} << 47;
  const auto frame = guest.fault_of({0xff, 0xe7});  // jmp rdi
  CHECK(frame.vector == kVectorGp);
}

}  // namespace
}  // namespace vireo
