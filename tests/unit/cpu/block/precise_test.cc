// Faults and budgets in the middle of a block: exact RIP, count, flags and
// registers, whatever was folded or left out when the block was decoded.
#include "tests/unit/cpu/block/lockstep.h"

namespace vireo {
namespace {

constexpr uint64_t kRegion = 0x400000;  // 4 KiB pages, one for each load
constexpr uint64_t kPageTable = 0x30000;
constexpr unsigned kPairs = 24;

// Pairs of "add ecx, imm8; mov al, [page i]": the flags of the addition are dead
// unless the load behind it faults.
std::vector<uint8_t> pairs() {
  std::vector<uint8_t> code;
  for (unsigned i = 0; i < kPairs; ++i) {
    const uint64_t page = kRegion + i * kPageSize;
    code.insert(code.end(), {0x83, 0xc1, static_cast<uint8_t>(0x70 + i), 0x8a, 0x04, 0x25});
    for (unsigned b = 0; b < 4; ++b) code.push_back(static_cast<uint8_t>(page >> 8 * b));
  }
  code.push_back(0xf4);
  return code;
}

void map_small_pages(SystemGuest& guest) {
  guest.memory.write(GuestAddr{TestGuest::kPml4 + 0x2000 + 8 * (kRegion >> 21)}, kPageTable | 7);
  for (uint64_t i = 0; i < 512; ++i) {
    guest.memory.write(GuestAddr{kPageTable + 8 * i}, (kRegion + i * kPageSize) | 7);
  }
}

uint64_t arithmetic(uint64_t rflags) { return rflags & kArithFlags; }

TEST_CASE("a fault at any op of a block has the exact RIP, count, flags and registers") {
  const auto code = pairs();
  for (unsigned bad = 0; bad < kPairs; ++bad) {
    SystemGuest guest;
    map_small_pages(guest);
    guest.memory.write(GuestAddr{kPageTable + 8 * bad}, uint64_t{0});
    guest.run(code, 1000);
    const auto frame = guest.frame();
    uint32_t rcx = 0;
    PackedFlags flags = 0;
    for (unsigned i = 0; i <= bad; ++i) {
      const auto addend = static_cast<uint32_t>(static_cast<int8_t>(0x70 + i));
      rcx = flag_add<uint32_t>(rcx, addend, flags);
    }
    INFO("pair ", bad);
    CHECK(frame.vector == kVectorPf);
    CHECK(frame.rip == TestGuest::kCode + 10 * bad + 3);
    CHECK(arithmetic(frame.flags) == unpack_flags(flags));
    CHECK(guest.cpu.regs[kRcx] == rcx);
    CHECK(guest.cpu.cr2 == kRegion + bad * kPageSize);
    CHECK(guest.cpu.retired() == 2 * bad + 1 + 1);  // and the handler's HLT
  }
}

TEST_CASE("a budget ends at any op of a block with the exact RIP and flags") {
  const auto code = pairs();
  SystemGuest stepped;
  stepped.load(code);
  for (uint64_t count = 1; count <= 2 * kPairs; ++count) {
    stepped.cpu.run(1);
    SystemGuest guest;
    guest.run(code, count);
    CHECK(image_of(guest.cpu) == image_of(stepped.cpu));
  }
}

TEST_CASE("an undefined instruction in a block raises #UD after all that stands before it") {
  SystemGuest guest;
  const auto frame = guest.fault_of({0xff, 0xc0, 0xff, 0xc0, 0x0f, 0x0b, 0xff, 0xc0});
  CHECK(frame.vector == kVectorUd);
  CHECK(frame.rip == TestGuest::kCode + 4);
  CHECK(guest.cpu.regs[kRax] == 2);
}

TEST_CASE("sixteen bytes of prefixes are #GP(0) at the first of them") {
  SystemGuest guest;
  std::vector<uint8_t> code = {0xff, 0xc0};
  code.insert(code.end(), 16, 0x66);
  guest.run(code, 10);
  CHECK(guest.frame().vector == kVectorGp);
  CHECK(guest.frame().error == 0);
  CHECK(guest.frame().rip == TestGuest::kCode + 2);
}

TEST_CASE("falling off mapped code faults at the first byte that is not there") {
  SystemGuest guest;
  map_small_pages(guest);
  guest.memory.write(GuestAddr{kPageTable + 8}, uint64_t{0});
  guest.memory.fill(GuestAddr{kRegion}, kPageSize, std::byte{0x90});
  guest.cpu.rip = kRegion + kPageSize - 3;
  guest.cpu.run(10);
  CHECK(guest.frame().vector == kVectorPf);
  CHECK(guest.frame().error == 0x10);  // a fetch, as EFER.NXE is set
  CHECK(guest.frame().rip == kRegion + kPageSize);
  CHECK(guest.cpu.cr2 == kRegion + kPageSize);
}

TEST_CASE("an instruction whose tail is not mapped faults with CR2 at the tail") {
  SystemGuest guest;
  map_small_pages(guest);
  guest.memory.write(GuestAddr{kPageTable + 8}, uint64_t{0});
  guest.memory.write(GuestAddr{kRegion + kPageSize - 2}, uint16_t{0xc081});  // add eax, imm32
  guest.cpu.rip = kRegion + kPageSize - 2;
  guest.cpu.run(10);
  CHECK(guest.frame().vector == kVectorPf);
  CHECK(guest.frame().rip == kRegion + kPageSize - 2);
  CHECK(guest.cpu.cr2 == kRegion + kPageSize);
}

TEST_CASE("retired instructions count across halts and exceptions alone") {
  SystemGuest guest;
  install_handler(guest, kVectorBp, 0x130000, {0xff, 0xc3, 0x48, 0xcf});  // inc ebx; iretq
  guest.run({0xff, 0xc0, 0xcc, 0xff, 0xc0, 0xf4}, 1000);
  CHECK(guest.cpu.halted);
  // inc, int3, inc, iretq, inc, hlt
  CHECK(guest.cpu.retired() == 6);
  CHECK(guest.clock.instructions() == 6);
}

}  // namespace
}  // namespace vireo
