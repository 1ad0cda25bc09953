// String instructions, alone and repeated, against the host's processor: both
// directions, overlaps, page crossings, zero counts, early ends.
#include <doctest/doctest.h>

#include "tests/unit/cpu/native/side_by_side.h"

namespace vireo {
namespace {

// MOVS CMPS STOS LODS SCAS: the byte form; the other is one more.
constexpr uint8_t kOpcodes[] = {0xa4, 0xa6, 0xaa, 0xac, 0xae};
enum class Repeat { kNone, kRep, kRepne };

struct StringCase {
  uint8_t opcode;
  unsigned size;  // 1, 2, 4, 8
  Repeat repeat = Repeat::kNone;
  bool address32 = false;
  uint64_t source, destination, count;
  uint64_t rax = 0;
  bool backwards = false;
};

Trial make_trial(const StringCase& c) {
  Trial trial;
  if (c.repeat != Repeat::kNone) trial.code.push_back(c.repeat == Repeat::kRep ? 0xf3 : 0xf2);
  if (c.address32) trial.code.push_back(0x67);
  if (c.size == 2) trial.code.push_back(0x66);
  if (c.size == 8) trial.code.push_back(0x48);
  trial.code.push_back(static_cast<uint8_t>(c.opcode | (c.size > 1)));
  trial.in.gpr[kRax] = c.rax;
  trial.in.gpr[kRcx] = c.count;
  trial.in.gpr[kRsi] = c.source;
  trial.in.gpr[kRdi] = c.destination;
  trial.in.gpr[kRsp] = NativeCpu::kStackBase + 0x1000;
  trial.in.rflags = (c.backwards ? kFlagDf : 0) | kFlagCf | 2;
  return trial;
}

// An address from which `bytes` in the direction of the string stay in the area.
uint64_t place(Random& random, uint64_t bytes, bool backwards) {
  const uint64_t offset = random.below(NativeCpu::kDataSize - bytes - 16);
  return NativeCpu::kData + 8 + offset + (backwards ? bytes : 0);
}

StringCase random_case(Random& random) {
  StringCase c{};
  c.opcode = random.pick(kOpcodes);
  c.size = 1u << random.below(4);
  c.repeat = static_cast<Repeat>(random.below(3));
  c.address32 = random.one_in(4);
  c.backwards = random.one_in(2);
  static constexpr uint64_t kMost[] = {1, 8, 300, 5000};
  c.count = random.below(std::min<uint64_t>(random.pick(kMost), 8000 / c.size) + 1);
  const uint64_t bytes = (c.count + 1) * c.size;
  c.source = place(random, bytes, c.backwards);
  c.destination = place(random, bytes, c.backwards);
  c.rax = random.operand();
  return c;
}

// Equal runs, so that comparisons go far: both operands from one short period.
void make_periodic(Trial& trial, Random& random) {
  std::vector<uint8_t> bytes(NativeCpu::kDataSize, static_cast<uint8_t>(trial.in.gpr[kRax]));
  if (random.one_in(2)) bytes[random.below(bytes.size())] ^= 1;
  for (unsigned i = 0; i < 8; ++i) trial.in.gpr[kRax] = trial.in.gpr[kRax] << 8 | bytes[0];
  trial.patches.push_back({NativeCpu::kData, std::move(bytes)});
}

TEST_CASE("random string instructions give the host's results") {
  if (!NativeCpu::available()) return;
  SideBySide pair(1);
  Random random(2);
  for (unsigned i = 0; i < 6000; ++i) {
    Trial trial = make_trial(random_case(random));
    if (random.one_in(3)) make_periodic(trial, random);
    CHECK(pair.run(trial) == "");
  }
}

TEST_CASE("overlapping REP MOVS gives the host's bytes at every distance and size") {
  if (!NativeCpu::available()) return;
  SideBySide pair(3);
  for (const unsigned size : {1u, 2u, 4u, 8u}) {
    for (int distance = -17; distance <= 17; ++distance) {
      for (const bool backwards : {false, true}) {
        const uint64_t source = NativeCpu::kData + 0xff8;
        const StringCase c{.opcode = 0xa4, .size = size, .repeat = Repeat::kRep, .source = source,
                           .destination = source + static_cast<uint64_t>(distance),
                           .count = 100, .backwards = backwards};
        CHECK(pair.run(make_trial(c)) == "");
      }
    }
  }
}

TEST_CASE("REP STOS fills whole pages and elements that cross them like the host") {
  if (!NativeCpu::available()) return;
  SideBySide pair(4);
  for (const unsigned size : {1u, 2u, 4u, 8u}) {
    for (uint64_t offset = 0; offset < 9; ++offset) {
      for (const bool backwards : {false, true}) {
        const uint64_t start = NativeCpu::kData + (backwards ? 0x2ff8 : 0xff8) + offset;
        const StringCase c{.opcode = 0xaa, .size = size, .repeat = Repeat::kRep, .source = 0,
                           .destination = start, .count = 0x1010 / size,
                           .rax = 0x8877665544332211, .backwards = backwards};
        CHECK(pair.run(make_trial(c)) == "");
      }
    }
  }
}

TEST_CASE("a count of zero changes nothing, not even flags") {
  if (!NativeCpu::available()) return;
  SideBySide pair(5);
  for (const uint8_t opcode : kOpcodes) {
    for (const Repeat repeat : {Repeat::kRep, Repeat::kRepne}) {
      const StringCase c{.opcode = opcode, .size = 4, .repeat = repeat, .source = 1,
                         .destination = 2, .count = 0, .rax = 3};
      CHECK(pair.run(make_trial(c)) == "");
    }
  }
}

TEST_CASE("a 32-bit count ignores the upper half of RCX, and clears it when it counts") {
  if (!NativeCpu::available()) return;
  SideBySide pair(6);
  for (const uint64_t count : {uint64_t{0}, uint64_t{5}}) {
    const StringCase c{.opcode = 0xaa, .size = 1, .repeat = Repeat::kRep, .address32 = true,
                       .source = 0, .destination = NativeCpu::kData | uint64_t{7} << 32,
                       .count = count | uint64_t{9} << 32, .rax = 0x5a};
    Trial trial = make_trial(c);
    CHECK(pair.run(trial) == "");
  }
}

TEST_CASE("REP STOS into an unmapped page stops there with all before it written") {
  SystemGuest guest;
  const uint64_t directory = TestGuest::kPml4 + 0x2000;
  guest.memory.write(GuestAddr{directory + 8 * 2}, uint64_t{0});  // 4 MiB to 6 MiB
  guest.cpu.regs[kRdi] = 0x400000 - 16;
  guest.cpu.regs[kRcx] = 5;
  guest.cpu.regs[kRax] = 0x1122334455667788;
  const auto frame = guest.fault_of({0xf3, 0x48, 0xab});  // rep stosq
  CHECK(frame.vector == kVectorPf);
  CHECK(frame.error == 2);
  CHECK(frame.rip == TestGuest::kCode);
  CHECK(guest.cpu.cr2 == 0x400000);
  CHECK(guest.cpu.regs[kRcx] == 3);
  CHECK(guest.cpu.regs[kRdi] == 0x400000);
  CHECK(guest.memory.read<uint64_t>(GuestAddr{0x3ffff8}) == 0x1122334455667788);
}

TEST_CASE("a backward element that crosses into an unmapped page writes nothing") {
  SystemGuest guest;
  guest.memory.write(GuestAddr{TestGuest::kPml4 + 0x2000 + 8 * 2}, uint64_t{0});
  guest.cpu.regs[kRdi] = 0x400000 - 4;
  guest.cpu.regs[kRcx] = 2;
  guest.cpu.regs[kRax] = ~uint64_t{0};
  const auto frame = guest.fault_of({0xfd, 0xf3, 0x48, 0xab});  // std; rep stosq
  CHECK(frame.vector == kVectorPf);
  CHECK(guest.cpu.cr2 == 0x400000);
  CHECK(guest.cpu.regs[kRcx] == 2);
  CHECK(guest.memory.read<uint32_t>(GuestAddr{0x3ffffc}) == 0);
}

}  // namespace
}  // namespace vireo
