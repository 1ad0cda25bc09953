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

// Users of several contexts, each with a PML4 of its own, whose entry 1 leads to a
// frame of its own.
struct ContextGuest : PagingGuest {
  static constexpr unsigned kContexts = Mmu::kSpaces + 2;

  ContextGuest() {
    for (unsigned i = 0; i < kContexts; ++i) {
      const uint64_t base = 0x700000 + i * 0x10000;
      std::vector<std::byte> root(4096);
      memory.read_bytes(GuestAddr{kPml4}, root);
      memory.write_bytes(GuestAddr{base}, root);
      memory.write(GuestAddr{base + 8}, base + 0x1000 + kAllRights);
      memory.write(GuestAddr{base + 0x1000}, base + 0x2000 + kAllRights);
      memory.write(GuestAddr{base + 0x2000}, base + 0x3000 + kAllRights);
      memory.write(GuestAddr{base + 0x3000}, base + 0x4000 + kAllRights);
      memory.write(GuestAddr{base + 0x4000}, uint64_t{i});
      // mov eax, i; hlt
      memory.write(GuestAddr{base + 0x4800}, uint64_t{0xf400000000b8} | uint64_t{i} << 8);
    }
    cpu.cr4 |= kCr4Pcide;
    flush();
  }
  static GuestAddr leaf(unsigned i) { return GuestAddr{0x703000 + i * 0x10000}; }
  // mov cr3, rcx at level 0, then on as a user.
  void load_cr3(unsigned context, bool keep) {
    supervisor();
    cpu.halted = false;
    cpu.regs[kRcx] = (0x700000 + context * 0x10000) | (context + 1) | uint64_t{keep} << 63;
    run({0x0f, 0x22, 0xd9}, 1);
    enter_user();
  }
  uint64_t read_as_user() {
    cpu.halted = false;
    run({0x48, 0x8b, 0x07}, 1);
    return cpu.regs[kRax];
  }
  // Where the code at the page's middle halts, by #GP at level 3, rax tells whose it is.
  uint64_t run_page() {
    cpu.halted = false;
    cpu.rip = kLinear + 0x800;
    cpu.run(1);
    return cpu.regs[kRax];
  }
};

TEST_CASE("users of one context never see another's pages or code, kept or not") {
  ContextGuest guest;
  for (unsigned round = 0; round < 3; ++round) {
    for (unsigned i = 0; i < ContextGuest::kContexts; ++i) {
      guest.load_cr3(i, round > 0);
      CHECK(guest.read_as_user() == i);
      CHECK(guest.run_page() == i);
    }
  }
}

TEST_CASE("a context that is kept finds its pages again, until it is invalidated") {
  enum Way { kNothing, kPlainLoad, kAddress, kContext, kAll, kAllButGlobal, kInvlpgHere };
  for (const Way way : {kNothing, kPlainLoad, kAddress, kContext, kAll, kAllButGlobal,
                        kInvlpgHere}) {
    ContextGuest guest;
    guest.load_cr3(0, false);
    CHECK(guest.read_as_user() == 0);
    guest.load_cr3(1, false);
    guest.memory.write(ContextGuest::leaf(0), kFrame | kAllRights);
    guest.memory.write(GuestAddr{kFrame}, uint64_t{0xaaaa});
    guest.supervisor();
    guest.cpu.halted = false;
    if (way >= kAddress && way <= kAllButGlobal) {
      guest.memory.write(GuestAddr{TestGuest::kData}, uint64_t{1});  // the PCID of context 0
      guest.memory.write(GuestAddr{TestGuest::kData + 8}, kLinear);
      guest.cpu.regs[kRax] = static_cast<uint64_t>(way - kAddress);
      guest.cpu.regs[kRbx] = TestGuest::kData;
      guest.run({0x66, 0x0f, 0x38, 0x82, 0x03}, 1);  // invpcid rax, [rbx]
    }
    guest.load_cr3(0, way != kPlainLoad);
    if (way == kInvlpgHere) guest.cpu.set_cpl(0), guest.run({0x0f, 0x01, 0x3f}, 1);
    guest.enter_user();
    CHECK(guest.read_as_user() == (way == kNothing ? 0 : 0xaaaa));
  }
}

TEST_CASE("INVPCID refuses unknown types, wide PCIDs and addresses that are not canonical") {
  struct Case {
    uint64_t type, pcid, address;
    bool pcide, ok;
  };
  for (const Case& c : {Case{0, 0, 0, false, true}, Case{0, 1, 0, false, false},
                        Case{1, 1, 0, false, false}, Case{1, 1, 0, true, true},
                        Case{2, 1, 0, false, true}, Case{3, 0xfff, 0, false, true},
                        Case{4, 0, 0, true, false}, Case{2, 0x1000, 0, true, false},
                        Case{0, 1, uint64_t{1} << 62, true, false},
                        Case{1, 1, uint64_t{1} << 62, true, true}}) {
    PagingGuest guest;
    if (c.pcide) guest.cpu.cr4 |= kCr4Pcide;
    guest.memory.write(GuestAddr{TestGuest::kData}, c.pcid);
    guest.memory.write(GuestAddr{TestGuest::kData + 8}, c.address);
    guest.cpu.regs[kRax] = c.type;
    guest.cpu.regs[kRbx] = TestGuest::kData;
    const auto frame = guest.fault_of({0x66, 0x0f, 0x38, 0x82, 0x03, 0xf4});
    CHECK(frame.vector == (c.ok ? 256 : kVectorGp));
  }
}

TEST_CASE("INVLPG and INVPCID are for level 0") {
  PagingGuest guest;
  guest.enter_user();
  CHECK(guest.fault_of({0x0f, 0x01, 0x3f, 0xf4}).vector == kVectorGp);
  guest.enter_user();
  guest.cpu.halted = false;
  CHECK(guest.fault_of({0x66, 0x0f, 0x38, 0x82, 0x07, 0xf4}).vector == kVectorGp);
}

TEST_CASE("CR4.PCIDE wants long mode and PCID 0, and keeps paging on") {
  PagingGuest guest;
  guest.cpu.cr3 = TestGuest::kPml4 | 0x18;
  guest.cpu.regs[kRax] = guest.cpu.cr4 | kCr4Pcide;
  CHECK(guest.fault_of({0x0f, 0x22, 0xe0, 0xf4}).vector == kVectorGp);
  PagingGuest good;
  good.cpu.regs[kRax] = good.cpu.cr4 | kCr4Pcide;
  good.cpu.regs[kRbx] = good.cpu.cr0 & ~kCr0Pg;
  // mov cr4, rax; mov cr0, rbx
  const auto frame = good.fault_of({0x0f, 0x22, 0xe0, 0x0f, 0x22, 0xc3, 0xf4});
  CHECK(frame.vector == kVectorGp);
  CHECK(frame.rip == TestGuest::kCode + 3);
}

TEST_CASE("MOV to CR3 refuses bits beyond the physical width, and bit 63 without PCIDs") {
  for (const unsigned bit : {40u, 51u, 52u, 62u, 63u}) {
    for (const bool pcide : {false, true}) {
      PagingGuest guest;
      if (pcide) guest.cpu.cr4 |= kCr4Pcide;
      guest.cpu.regs[kRcx] = TestGuest::kPml4 | uint64_t{1} << bit;
      const auto frame = guest.fault_of({0x0f, 0x22, 0xd9, 0xf4});
      CHECK(frame.vector == (pcide && bit == 63 ? 256 : kVectorGp));
      CHECK(guest.cpu.cr3 == TestGuest::kPml4);
    }
  }
}

}  // namespace
}  // namespace vireo
