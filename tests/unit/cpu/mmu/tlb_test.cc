// What the TLB keeps and what it must forget: remapping with INVLPG, CR3 loads,
// global and large pages, PCIDs.
#include <doctest/doctest.h>

#include "tests/unit/cpu/mmu/paging_guest.h"

namespace vireo {
namespace {

constexpr uint64_t kLinear = PagingGuest::kLinear, kFrame = PagingGuest::kFrame,
                   kOtherFrame = PagingGuest::kOtherFrame;

// Reads [rdi] into rax, stores rdx to [rsi] (a table entry), runs `middle`, reads
// [rdi] into rbx.
void read_change_read(PagingGuest& guest, std::initializer_list<uint8_t> middle) {
  std::vector<uint8_t> code = {0x48, 0x8b, 0x07, 0x48, 0x89, 0x16};
  code.insert(code.end(), middle);
  code.insert(code.end(), {0x48, 0x8b, 0x1f, 0xf4});
  guest.run(code, 100);
}

constexpr std::initializer_list<uint8_t> kInvlpg = {0x0f, 0x01, 0x3f};     // invlpg [rdi]
constexpr std::initializer_list<uint8_t> kReloadCr3 = {0x0f, 0x20, 0xd9, 0x0f, 0x22, 0xd9};

void fill_frames(PagingGuest& guest) {
  guest.memory.write(GuestAddr{kFrame}, uint64_t{0xaaaa});
  guest.memory.write(GuestAddr{kOtherFrame}, uint64_t{0xbbbb});
}

TEST_CASE("INVLPG makes a remapped page visible") {
  PagingGuest guest;
  fill_frames(guest);
  guest.cpu.regs[kRsi] = PagingGuest::kTable;
  guest.cpu.regs[kRdx] = kOtherFrame | kAllRights;
  read_change_read(guest, kInvlpg);
  CHECK(guest.cpu.regs[kRax] == 0xaaaa);
  CHECK(guest.cpu.regs[kRbx] == 0xbbbb);
}

TEST_CASE("a CR3 reload makes a remapped page visible") {
  PagingGuest guest;
  fill_frames(guest);
  guest.cpu.regs[kRsi] = PagingGuest::kTable;
  guest.cpu.regs[kRdx] = kOtherFrame | kAllRights;
  read_change_read(guest, kReloadCr3);
  CHECK(guest.cpu.regs[kRbx] == 0xbbbb);
}

TEST_CASE("a global page outlives a CR3 reload, but not INVLPG") {
  for (const bool invlpg : {false, true}) {
    PagingGuest guest;
    fill_frames(guest);
    guest.cpu.cr4 |= kCr4Pge;
    guest.set_level(1, kFrame | kAllRights | kGlobalPage);
    guest.cpu.regs[kRsi] = PagingGuest::kTable;
    guest.cpu.regs[kRdx] = kOtherFrame | kAllRights | kGlobalPage;
    read_change_read(guest, invlpg ? kInvlpg : kReloadCr3);
    CHECK(guest.cpu.regs[kRbx] == (invlpg ? 0xbbbb : 0xaaaa));
  }
}

TEST_CASE("without CR4.PGE the G bit means nothing") {
  PagingGuest guest;
  fill_frames(guest);
  guest.set_level(1, kFrame | kAllRights | kGlobalPage);
  guest.cpu.regs[kRsi] = PagingGuest::kTable;
  guest.cpu.regs[kRdx] = kOtherFrame | kAllRights | kGlobalPage;
  read_change_read(guest, kReloadCr3);
  CHECK(guest.cpu.regs[kRbx] == 0xbbbb);
}

// The TLB holds large pages as 4 KiB entries: INVLPG of any address in the page
// must find the entry of every other one.
TEST_CASE("INVLPG anywhere in a former 2 MiB page forgets all of it") {
  PagingGuest guest;
  guest.set_level(2, 0x600000 | kAllRights | kLargePage);
  guest.memory.write(GuestAddr{0x600000 + 0x5000}, uint64_t{0xaaaa});
  fill_frames(guest);
  guest.memory.write(GuestAddr{PagingGuest::kTable + 8 * 5}, kOtherFrame | kAllRights);
  guest.cpu.regs[kRdi] = kLinear + 0x5000;
  guest.cpu.regs[kRsi] = PagingGuest::kDirectory;
  guest.cpu.regs[kRdx] = PagingGuest::kTable | kAllRights;
  guest.cpu.regs[kR8] = kLinear + 0x1ff000;
  read_change_read(guest, {0x41, 0x0f, 0x01, 0x38});  // invlpg [r8]
  CHECK(guest.cpu.regs[kRax] == 0xaaaa);
  CHECK(guest.cpu.regs[kRbx] == 0xbbbb);
}

TEST_CASE("INVLPG anywhere in a former 1 GiB page forgets all of it") {
  PagingGuest guest;
  guest.set_level(3, 0 | kAllRights | kLargePage);
  guest.memory.write(GuestAddr{0x705000}, uint64_t{0xaaaa});
  fill_frames(guest);
  guest.memory.write(GuestAddr{PagingGuest::kDirectory + 8 * 3}, PagingGuest::kTable | kAllRights);
  guest.memory.write(GuestAddr{PagingGuest::kTable + 8 * 0x105}, kOtherFrame | kAllRights);
  guest.cpu.regs[kRdi] = kLinear + 0x705000;
  guest.cpu.regs[kRsi] = PagingGuest::kPdpt;
  guest.cpu.regs[kRdx] = PagingGuest::kDirectory | kAllRights;
  guest.cpu.regs[kR8] = kLinear + 0x3ffff000;
  read_change_read(guest, {0x41, 0x0f, 0x01, 0x38});
  CHECK(guest.cpu.regs[kRax] == 0xaaaa);
  CHECK(guest.cpu.regs[kRbx] == 0xbbbb);
}

TEST_CASE("INVLPG of another page keeps a stale entry usable, as processors may") {
  PagingGuest guest;
  fill_frames(guest);
  guest.cpu.regs[kRsi] = PagingGuest::kTable;
  guest.cpu.regs[kRdx] = kOtherFrame | kAllRights;
  guest.cpu.regs[kR8] = kLinear + 0x1000;
  read_change_read(guest, {0x41, 0x0f, 0x01, 0x38});
  CHECK(guest.cpu.regs[kRbx] == 0xaaaa);
}

TEST_CASE("2 MiB and 1 GiB pages translate every offset") {
  PagingGuest guest;
  guest.set_level(2, 0x800000 | kAllRights | kLargePage);
  guest.memory.write(GuestAddr{0x9ffff8}, uint64_t{0x1234});
  guest.cpu.regs[kRdi] = kLinear + 0x1ffff8;
  guest.read();
  CHECK(guest.cpu.regs[kRax] == 0x1234);
  CHECK((guest.level(2) & kAccessed) != 0);
  guest.write();
  CHECK((guest.level(2) & kDirty) != 0);
  guest.set_level(3, 0 | kAllRights | kLargePage);
  guest.flush();
  guest.cpu.regs[kRdi] = kLinear + 0x9ffff8;
  guest.cpu.regs[kRax] = 0;
  guest.read();
  CHECK(guest.cpu.regs[kRax] == 0x1234);
}

TEST_CASE("addresses that share a TLB slot do not answer for each other") {
  PagingGuest guest;
  fill_frames(guest);
  constexpr uint64_t kSpan = kTlbEntries * kPageSize;
  guest.memory.write(GuestAddr{PagingGuest::kDirectory + 8 * (kSpan >> 21)},
                     PagingGuest::kTable + 0x1000 + 7);
  guest.memory.write(GuestAddr{PagingGuest::kTable + 0x1000}, kOtherFrame | kAllRights);
  guest.cpu.regs[kRsi] = kLinear + kSpan;
  // mov rax, [rdi]; mov rbx, [rsi]; mov rcx, [rdi]; hlt
  guest.run({0x48, 0x8b, 0x07, 0x48, 0x8b, 0x1e, 0x48, 0x8b, 0x0f, 0xf4}, 10);
  CHECK(guest.cpu.regs[kRax] == 0xaaaa);
  CHECK(guest.cpu.regs[kRbx] == 0xbbbb);
  CHECK(guest.cpu.regs[kRcx] == 0xaaaa);
}

TEST_CASE("a write after a read sets the dirty bit though the entry is in the TLB") {
  PagingGuest guest;
  // mov eax, [rdi]; mov [rdi], eax; hlt
  guest.run({0x8b, 0x07, 0x89, 0x07, 0xf4}, 10);
  CHECK((guest.level(1) & kDirty) != 0);
}

TEST_CASE("CR3 with another PCID does not see this one's pages") {
  PagingGuest guest;
  fill_frames(guest);
  guest.cpu.cr4 |= kCr4Pcide;
  guest.cpu.regs[kRsi] = PagingGuest::kTable;
  guest.cpu.regs[kRdx] = kOtherFrame | kAllRights;
  guest.cpu.regs[kRcx] = TestGuest::kPml4 | 5;
  read_change_read(guest, {0x0f, 0x22, 0xd9});  // mov cr3, rcx
  CHECK(guest.cpu.regs[kRbx] == 0xbbbb);
}

TEST_CASE("a CR3 load that keeps its PCID's entries may keep a stale page") {
  PagingGuest guest;
  fill_frames(guest);
  guest.cpu.cr4 |= kCr4Pcide;
  guest.cpu.regs[kRsi] = PagingGuest::kTable;
  guest.cpu.regs[kRdx] = kOtherFrame | kAllRights;
  guest.cpu.regs[kRcx] = TestGuest::kPml4 | uint64_t{1} << 63;
  read_change_read(guest, {0x0f, 0x22, 0xd9});
  CHECK((guest.cpu.regs[kRbx] == 0xaaaa || guest.cpu.regs[kRbx] == 0xbbbb));
  CHECK(guest.cpu.cr3 == TestGuest::kPml4);
}

}  // namespace
}  // namespace vireo
