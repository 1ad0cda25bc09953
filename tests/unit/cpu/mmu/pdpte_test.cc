// When PAE paging loads its directory pointers, and what they must not hold
// (SDM 3A 4.4.1).
#include "cpu/mmu/pdpte.h"

#include <doctest/doctest.h>

#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

constexpr uint64_t kRoot = 0x50000, kOtherRoot = 0x50020, kDirectory = 0x51000;

// 32-bit code with PAE paging; the first 2 MiB are one to one.
struct PaeGuest : SystemGuest {
  PaeGuest() {
    cpu.efer = kEferNxe;
    cpu.cr3 = kRoot;
    cpu.cr4 = kCr4Pae;
    cpu.segs[kCs] = Segment{kCode32, 0xc9b, 0xffffffff, 0};
    put(kRoot, kDirectory | 1);
    put(kOtherRoot, kDirectory | 1);
    put(kDirectory, 0x83);
    REQUIRE(load_pdptes(cpu, kRoot) == Status::kOk);
    cpu.idtr.limit = 0;  // a fault shuts the processor down
    flush();
  }
  void flush() { cpu.mmu().flush_all(); cpu.blocks().new_generation(); cpu.mode_changed(); }
  void put(uint64_t at, uint64_t value) { memory.write(GuestAddr{at}, value); }
  // Runs one instruction; whether it went through.
  bool step(std::initializer_list<uint8_t> code) { return run(code, 1) == CpuExit::kBudget; }
};

constexpr std::initializer_list<uint8_t> kMovToCr0 = {0x0f, 0x22, 0xc0};
constexpr std::initializer_list<uint8_t> kMovToCr3 = {0x0f, 0x22, 0xd8};
constexpr std::initializer_list<uint8_t> kMovToCr4 = {0x0f, 0x22, 0xe0};

TEST_CASE("a walk uses the loaded pointers, not those in memory") {
  PaeGuest guest;
  guest.put(kRoot, 0);
  guest.cpu.mmu().flush_all();
  GuestAddr physical;
  REQUIRE(Mmu::probe(guest.cpu, 0x1234, physical));
  CHECK(physical.value == 0x1234);
  guest.cpu.regs[kRax] = kRoot;
  CHECK(guest.step(kMovToCr3));
  CHECK_FALSE(Mmu::probe(guest.cpu, 0x1234, physical));
}

TEST_CASE("MOV to CR3 refuses a present pointer with a reserved bit, and keeps the old ones") {
  for (const uint64_t bad : {uint64_t{2}, uint64_t{4}, uint64_t{0x20}, uint64_t{0x100},
                             uint64_t{1} << 40, uint64_t{1} << 52, uint64_t{1} << 63}) {
    PaeGuest guest;
    guest.put(kOtherRoot + 24, kDirectory | 1 | bad);
    guest.cpu.regs[kRax] = kOtherRoot;
    CHECK_FALSE(guest.step(kMovToCr3));
    CHECK(guest.cpu.cr3 == kRoot);
    CHECK(guest.cpu.pdptes[3] == 0);
  }
}

TEST_CASE("an absent pointer may hold anything") {
  PaeGuest guest;
  guest.put(kOtherRoot + 24, ~uint64_t{1});
  guest.cpu.regs[kRax] = kOtherRoot;
  CHECK(guest.step(kMovToCr3));
  CHECK(guest.cpu.pdptes[3] == ~uint64_t{1});
}

TEST_CASE("PWT, PCD and the ignored bits 9-11 of a pointer are no fault") {
  PaeGuest guest;
  guest.put(kOtherRoot, kDirectory | 0xe19);
  guest.cpu.regs[kRax] = kOtherRoot;
  CHECK(guest.step(kMovToCr3));
}

TEST_CASE("changes of CR0.CD and CR4.PGE load the pointers; of CR0.TS and CR4.TSD do not") {
  for (const bool reloads : {true, false}) {
    PaeGuest guest;
    guest.put(kRoot + 8, kDirectory | 1);
    guest.cpu.regs[kRax] = guest.cpu.cr0 | (reloads ? kCr0Cd : kCr0Ts);
    CHECK(guest.step(kMovToCr0));
    CHECK(guest.cpu.pdptes[1] == (reloads ? kDirectory | 1 : 0));
    guest.put(kRoot + 16, kDirectory | 1);
    guest.cpu.regs[kRax] = guest.cpu.cr4 | (reloads ? kCr4Pge : kCr4Tsd);
    CHECK(guest.step(kMovToCr4));
    CHECK(guest.cpu.pdptes[2] == (reloads ? kDirectory | 1 : 0));
  }
}

TEST_CASE("entering PAE paging with a bad pointer is #GP, and paging stays off") {
  PaeGuest guest;
  guest.cpu.cr0 &= ~kCr0Pg;
  guest.flush();
  guest.put(kRoot, kDirectory | 3);
  guest.cpu.regs[kRax] = guest.cpu.cr0 | kCr0Pg;
  CHECK_FALSE(guest.step(kMovToCr0));
  CHECK_FALSE(guest.cpu.paging());
}

TEST_CASE("from 32-bit paging to PAE paging by CR4 in one step") {
  PaeGuest guest;
  constexpr uint64_t kRoot32 = 0x60000;
  guest.cpu.cr4 = kCr4Pse;
  guest.cpu.cr3 = kRoot32;
  guest.memory.write(GuestAddr{kRoot32}, uint64_t{0x83});
  guest.flush();
  guest.cpu.regs[kRax] = kCr4Pse | kCr4Pae;
  // As a pointer the same entry has reserved bits.
  CHECK_FALSE(guest.step(kMovToCr4));
  CHECK(guest.cpu.cr4 == kCr4Pse);
}

TEST_CASE("long mode has no pointers to load") {
  SystemGuest guest;
  guest.cpu.pdptes[0] = 0x1234;
  guest.cpu.regs[kRax] = guest.cpu.cr3;
  CHECK(guest.run(kMovToCr3, 1) == CpuExit::kBudget);
  CHECK(guest.cpu.pdptes[0] == 0x1234);
}

}  // namespace
}  // namespace vireo
