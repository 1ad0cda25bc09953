// The A20 gate: bit 20 of every physical address the processor makes.
#include <doctest/doctest.h>

#include "tests/unit/cpu/mmu/paging_guest.h"

namespace vireo {
namespace {

constexpr uint64_t kEven = 0x600000, kOdd = 0x700000;

struct A20Guest : PagingGuest {
  A20Guest() {
    memory.write(GuestAddr{kEven}, uint32_t{0xe0e0});
    memory.write(GuestAddr{kOdd}, uint32_t{0x0d0d});
    // The code of the tests stands in an odd megabyte: it has a copy in the even one.
    memory.write(GuestAddr{kCode & ~0x100000u}, uint32_t{0xf4f4078b});  // mov eax, [rdi]; hlt
  }
  uint64_t read_physical(uint64_t at) {
    cpu.halted = false;
    cpu.regs[kRdi] = at;
    run({0x8b, 0x07, 0xf4, 0xf4}, 2);
    return cpu.regs[kRax];
  }
};

TEST_CASE("a closed gate takes bit 20 from data addresses, in use before or not") {
  A20Guest guest;
  CHECK(guest.read_physical(kOdd) == 0x0d0d);
  guest.cpu.set_a20(false);
  CHECK(guest.read_physical(kOdd) == 0xe0e0);
  CHECK(guest.read_physical(kEven) == 0xe0e0);
  guest.cpu.set_a20(true);
  CHECK(guest.read_physical(kOdd) == 0x0d0d);
}

TEST_CASE("fetches go through the gate as well") {
  A20Guest guest;
  guest.memory.write(GuestAddr{kEven + 0x100}, uint32_t{0xf401b0});  // mov al, 1; hlt
  guest.memory.write(GuestAddr{kOdd + 0x100}, uint32_t{0xf402b0});   // mov al, 2; hlt
  for (const bool open : {true, false, true}) {
    guest.cpu.set_a20(open);
    guest.cpu.halted = false;
    guest.cpu.rip = kOdd + 0x100;
    guest.cpu.run(2);
    CHECK((guest.cpu.regs[kRax] & 0xff) == (open ? 2 : 1));
  }
}

TEST_CASE("page tables are read, and marked, through the gate") {
  A20Guest guest;
  constexpr uint64_t kTableAt = 0x142000;  // the same as kTable behind a closed gate
  guest.set_level(2, kTableAt | kAllRights);
  guest.memory.write(GuestAddr{kTableAt}, PagingGuest::kOtherFrame | kAllRights);
  guest.set_level(1, kOdd | kAllRights);
  GuestAddr physical;
  REQUIRE(Mmu::probe(guest.cpu, PagingGuest::kLinear, physical));
  CHECK(physical.value == PagingGuest::kOtherFrame);
  guest.cpu.set_a20(false);
  Translation out;
  REQUIRE(guest.cpu.mmu().translate(guest.cpu, PagingGuest::kLinear, Access::kRead,
                                    Mmu::kSupervisor, out));
  CHECK(out.physical.value == kEven);
  CHECK((guest.level(1) & kAccessed) != 0);
  CHECK((guest.memory.read<uint64_t>(GuestAddr{kTableAt}).value() & kAccessed) == 0);
}

TEST_CASE("without paging the gate works alike, and a reset opens it") {
  A20Guest guest;
  guest.cpu.cr0 &= ~kCr0Pg;
  guest.cpu.set_a20(false);
  GuestAddr physical;
  REQUIRE(Mmu::probe(guest.cpu, 0x10ffef, physical));
  CHECK(physical.value == 0xffef);
  guest.cpu.reset();
  REQUIRE(Mmu::probe(guest.cpu, 0x10ffef, physical));
  CHECK(physical.value == 0x10ffef);
}

}  // namespace
}  // namespace vireo
