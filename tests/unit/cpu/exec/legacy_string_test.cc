// REP string instructions by 16-bit and 32-bit addresses: in parts of whole pages
// they must do what the same instruction does that often without REP.
#include "tests/unit/cpu/block/lockstep.h"
#include "tests/unit/cpu/native/random.h"

namespace vireo {
namespace {

constexpr uint64_t kData = TestGuest::kData;

struct LegacyCase {
  uint8_t opcode;
  unsigned size;  // 1, 2, 4
  bool address16 = false;
  uint8_t repeat;  // 0xf2 or 0xf3
  uint64_t source_base, dest_base;
  uint32_t source_limit, dest_limit;
  uint64_t source, dest, count, rax;
  bool backwards;
};

void prepare(SystemGuest& guest, const LegacyCase& c) {
  guest.cpu.segs[kCs] = Segment{SystemGuest::kCode32, 0xc9b, 0xffffffff, 0};
  guest.cpu.segs[kDs].base = c.source_base;
  guest.cpu.segs[kDs].limit = c.source_limit;
  guest.cpu.segs[kEs].base = c.dest_base;
  guest.cpu.segs[kEs].limit = c.dest_limit;
  guest.cpu.mode_changed();
  guest.cpu.regs[kRsi] = c.source;
  guest.cpu.regs[kRdi] = c.dest;
  guest.cpu.regs[kRcx] = c.count;
  guest.cpu.regs[kRax] = c.rax;
  guest.cpu.write_rflags(c.backwards ? kFlagDf | 2 : 2);
  for (uint64_t i = 0; i < 0x30000; i += 8) {
    guest.memory.write(GuestAddr{kData + i}, c.rax * 0x0101010101010101 + (i / 0x1800));
  }
}

std::vector<uint8_t> code_of(const LegacyCase& c, bool repeated) {
  std::vector<uint8_t> code;
  if (repeated) code.push_back(c.repeat);
  if (c.address16) code.push_back(0x67);
  if (c.size == 2) code.push_back(0x66);
  code.push_back(static_cast<uint8_t>(c.opcode | (c.size > 1)));
  code.push_back(0xf4);
  return code;
}

// The repetition as SDM 2B writes it, each iteration by the plain instruction.
void iterate(SystemGuest& guest, const LegacyCase& c) {
  const uint64_t mask = c.address16 ? 0xffff : 0xffffffff;
  const bool compares = c.opcode == 0xa6 || c.opcode == 0xae;
  guest.load(code_of(c, false));
  for (;; guest.cpu.rip = TestGuest::kCode) {
    const uint64_t count = guest.cpu.regs[kRcx];
    if ((count & mask) == 0 || guest.cpu.run(1) != CpuExit::kBudget || guest.cpu.halted) return;
    if (guest.cpu.rip >= SystemGuest::kHandlers && guest.cpu.rip < TestGuest::kCode) return;
    guest.cpu.regs[kRcx] = c.address16 ? (count & ~mask) | ((count - 1) & mask)
                                       : static_cast<uint32_t>(count - 1);
    const bool equal = guest.cpu.read_rflags() & kFlagZf;
    if (compares && equal != (c.repeat == 0xf3)) return;
  }
}

LegacyCase random_case(Random& random) {
  static constexpr uint8_t kOpcodes[] = {0xa4, 0xa6, 0xaa, 0xac, 0xae};
  static constexpr uint32_t kLimits[] = {0xffffffff, 0xffff, 0x7fff, 0x1ffff};
  static constexpr uint64_t kCounts[] = {3, 40, 5000, 0x4000};
  LegacyCase c{};
  c.opcode = random.pick(kOpcodes);
  c.size = 1u << random.below(3);
  c.address16 = random.one_in(2);
  c.repeat = random.one_in(2) ? 0xf2 : 0xf3;
  c.source_base = kData + random.below(0x5000);
  c.dest_base = kData + 0x10000 + random.below(0x5000);
  c.source_limit = random.pick(kLimits);
  c.dest_limit = random.pick(kLimits);
  const uint64_t upper = c.address16 ? random.below(4) << 16 : 0;
  c.source = upper | random.below(0x10000);
  c.dest = upper | random.below(0x10000);
  c.count = random.below(random.pick(kCounts));
  c.rax = random.below(256);
  c.backwards = random.one_in(2);
  return c;
}

TEST_CASE("REP in whole parts does what the plain instruction does each time, in legacy modes") {
  Random random(11);
  for (unsigned i = 0; i < 150; ++i) {
    const LegacyCase c = random_case(random);
    CAPTURE(i);
    SystemGuest parts, single;
    prepare(parts, c);
    prepare(single, c);
    parts.run(code_of(c, true), 0x20000);
    iterate(single, c);
    const bool faulted = parts.frame().vector < 256;
    CHECK(faulted == (single.cpu.rip >= SystemGuest::kHandlers &&
                      single.cpu.rip < TestGuest::kCode));
    for (const unsigned r : {kRax, kRcx, kRsi, kRdi}) {
      CHECK(parts.cpu.regs[r] == single.cpu.regs[r]);
    }
    std::vector<std::byte> a(0x30000), b(0x30000);
    parts.memory.read_bytes(GuestAddr{kData}, a);
    single.memory.read_bytes(GuestAddr{kData}, b);
    CHECK(a == b);
  }
}

TEST_CASE("32-bit REP MOVS runs in parts of a page, up to a segment's limit") {
  SystemGuest guest;
  LegacyCase c{.opcode = 0xa4, .size = 4, .repeat = 0xf3, .source_base = kData,
               .dest_base = kData + 0x10000, .source_limit = 0xffffffff, .dest_limit = 0x4fff,
               .source = 0, .dest = 0, .count = 0x2000, .rax = 7, .backwards = false};
  prepare(guest, c);
  guest.run(code_of(c, true), 4);
  CHECK(guest.cpu.regs[kRdi] == 0x4000);  // four instructions, four pages
  const auto frame = guest.fault_of({0xf3, 0xa5}, 0x1000);
  CHECK(frame.vector == kVectorGp);
  CHECK(guest.cpu.regs[kRdi] == 0x5000);
  CHECK(guest.cpu.regs[kRcx] == 0x2000 - 0x5000 / 4);
}

}  // namespace
}  // namespace vireo
