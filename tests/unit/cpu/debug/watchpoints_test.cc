// Watchpoints of a debugger outside the machine.
#include <doctest/doctest.h>

#include "tests/unit/cpu/debug/debugged_guest.h"

namespace vireo {
namespace {

using Watch = DebugPoints::Watch;
constexpr uint64_t kCode = TestGuest::kCode, kData = TestGuest::kData;

TEST_CASE("a watchpoint stops behind the instruction and names the memory") {
  DebuggedGuest guest;
  guest.watch(kData + 2, 2, Watch::kWrite);
  // inc rcx; mov eax, [rbx]; mov [rbx], eax; inc rcx; hlt
  guest.run_through({0x48, 0xff, 0xc1, 0x8b, 0x03, 0x89, 0x03, 0x48, 0xff, 0xc1, 0xf4});
  REQUIRE(guest.seen.size() == 1);
  CHECK(guest.seen[0] ==
        DebuggedGuest::Seen{DebugStop::Kind::kWatchpoint, kData + 2, kCode + 7, 3});
}

TEST_CASE("reads, writes and both are told apart") {
  struct Case {
    Watch watch;
    std::vector<uint64_t> places;
  };
  for (const Case& c : {Case{Watch::kRead, {kCode + 2}}, Case{Watch::kWrite, {kCode + 4}},
                        Case{Watch::kAccess, {kCode + 2, kCode + 4}}}) {
    DebuggedGuest guest;
    guest.watch(kData, 8, c.watch);
    guest.run_through({0x8b, 0x03, 0x89, 0x03, 0xf4});
    CHECK(guest.places() == c.places);
  }
}

TEST_CASE("the rest of a watched page is free") {
  DebuggedGuest guest;
  guest.watch(kData + 0x100, 1, Watch::kAccess);
  guest.run_through({0x8b, 0x03, 0x89, 0x03, 0xf4});
  CHECK(guest.seen.empty());
}

TEST_CASE("a store across two pages, one of them watched, stops once") {
  DebuggedGuest guest;
  guest.cpu.regs[kRbx] = kData + 0xffe;
  guest.cpu.regs[kRax] = 0x11223344;
  guest.watch(kData + 0x1000, 1, Watch::kWrite);
  guest.run_through({0x89, 0x03, 0x90, 0xf4});
  CHECK(guest.places() == std::vector<uint64_t>{kCode + 2});
  CHECK(guest.memory.read<uint32_t>(GuestAddr{kData + 0xffe}) == 0x11223344);
}

TEST_CASE("wide, pushed and read-modified memory is watched") {
  for (const auto& code : {std::vector<uint8_t>{0x50, 0x90, 0xf4},      // push rax
                           {0x0f, 0x11, 0x44, 0x24, 0xf8, 0x90, 0xf4},  // movups [rsp - 8], xmm0
                           {0xff, 0x44, 0x24, 0xfc, 0x90, 0xf4},        // inc dword [rsp - 4]
                           {0x87, 0x44, 0x24, 0xfc, 0x90, 0xf4},        // xchg
                           {0x48, 0x0f, 0xae, 0x64, 0x24, 0xf0, 0x90, 0xf4}}) {  // xsave
    DebuggedGuest guest;
    guest.cpu.regs[kRsp] = TestGuest::kStack - (code[2] == 0xae ? 0x30 : 0);
    guest.cpu.regs[kRax] = 3;
    guest.watch(TestGuest::kStack - 1, 1, Watch::kWrite);
    guest.load(code);
    guest.run_on();
    CAPTURE(code[0]);
    CHECK(guest.places() == std::vector<uint64_t>{kCode + code.size() - 2});
  }
}

TEST_CASE("strings keep their parts, and so their count, under a watchpoint") {
  struct Case {
    std::vector<uint8_t> code;
    uint64_t watched;
    Watch watch;
    size_t stops;
  };
  const uint64_t from = kData + 0x1000, to = kData + 0x4000;
  for (const Case& c : {Case{{0xf3, 0xa4, 0xf4}, to + 5000, Watch::kWrite, 1},
                        Case{{0xf3, 0xa4, 0xf4}, from + 5000, Watch::kRead, 1},
                        Case{{0xf3, 0xa4, 0xf4}, from + 5000, Watch::kWrite, 0},
                        Case{{0xf3, 0xaa, 0xf4}, to, Watch::kAccess, 1},
                        Case{{0xf3, 0xa6, 0xf4}, from + 8, Watch::kRead, 1},
                        Case{{0xf3, 0xa6, 0xf4}, from + 9, Watch::kRead, 0}}) {
    CAPTURE(c.code[1]);
    CAPTURE(c.watched);
    SystemGuest plain;
    DebuggedGuest guest;
    for (SystemGuest* g : {&plain, static_cast<SystemGuest*>(&guest)}) {
      g->cpu.regs[kRbx] = kData;
      g->cpu.regs[kRsi] = from;
      g->cpu.regs[kRdi] = to;
      g->cpu.regs[kRcx] = 0x1800;
      g->memory.write(GuestAddr{to + 8}, uint8_t{1});  // where CMPS ends
      g->load(c.code);
    }
    plain.cpu.run(1000);
    guest.watch(c.watched, 1, c.watch);
    guest.run_on();
    CHECK(guest.seen.size() == c.stops);
    CHECK(image_of(guest.cpu) == image_of(plain.cpu));
    CHECK(ram_of(guest) == ram_of(plain));
  }
}

TEST_CASE("an instruction that faults reports no watchpoint") {
  DebuggedGuest guest;
  guest.watch(TestGuest::kData + 0x1000, 1, Watch::kRead);
  guest.cpu.regs[kRdi] = uint64_t{1} << 40;
  guest.run_through({0xa4});  // movsb to nowhere
  CHECK(guest.frame().vector == kVectorPf);
  CHECK(guest.seen.empty());
}

TEST_CASE("what delivers an event is watched as well") {
  DebuggedGuest guest;
  guest.set_gate(kVectorUd, 0x8e01);  // on a stack of its own
  guest.watch(SystemGuest::kIst1 - 8, 8, Watch::kWrite);
  guest.run_through({0x0f, 0x0b});
  REQUIRE(guest.seen.size() == 1);
  CHECK(guest.seen[0].rip == SystemGuest::kHandlers + kVectorUd * 16);
  CHECK(guest.frame().vector == kVectorUd);
}

TEST_CASE("the debugger's watchpoints and the guest's own do not meet in DR6") {
  DebuggedGuest guest;
  guest.cpu.dr[1] = kData;
  guest.cpu.dr[7] |= 1 << 2 | 1 << 20;
  guest.cpu.debug_registers_changed();
  guest.watch(kData, 1, Watch::kWrite);
  guest.run_through({0x88, 0x03, 0x90, 0xf4});
  CHECK(guest.frame().vector == kVectorDb);
  CHECK((guest.cpu.dr[6] & kDr6Breakpoints) == 2);
  CHECK(guest.places() == std::vector<uint64_t>{kCode + 2});
}

}  // namespace
}  // namespace vireo
