// Instructions on registers that stand side by side run as one op: each pair gives what the two
// give one by one, in registers and flags, whether the flags are wanted or not.
#include "cpu/exec/pair.h"

#include <doctest/doctest.h>

#include "tests/unit/cpu/block/lockstep.h"
#include "tests/unit/cpu/native/random.h"

namespace vireo {
namespace {

using Bytes = std::vector<uint8_t>;

// One of each kind, on RAX to RDX: register and memory bits of ModRM vary with `pick`.
Bytes instruction(unsigned kind, unsigned pick, bool wide) {
  const auto modrm = static_cast<uint8_t>(0xc0 | (pick & 3) << 3 | (pick >> 2 & 3));
  const auto group = [&](unsigned n) { return static_cast<uint8_t>(0xc0 | n << 3 | (pick & 3)); };
  const auto imm = static_cast<uint8_t>(pick >> 4);
  const auto count = static_cast<uint8_t>(1 + imm % 31);
  const Bytes kinds[] = {
      {0x89, modrm},           {0x8d, static_cast<uint8_t>(0x40 | (modrm & 0x3f)), imm},
      {0x0f, 0xb6, modrm},     {0x0f, 0xb7, modrm},
      {0x01, modrm},           {0x29, modrm},
      {0x31, modrm},           {0x21, modrm},
      {0x09, modrm},           {0x11, modrm},
      {0x39, modrm},           {0x83, group(0), imm},
      {0x83, group(4), imm},   {0xc1, group(4), count},
      {0xc1, group(5), count}, {0xc1, group(0), count},
      {0xc1, group(1), count}, {0x0f, 0xaf, modrm},
  };
  Bytes code = kinds[kind];
  if (wide) code.insert(code.begin(), 0x48);
  return code;
}
constexpr unsigned kKinds = 18;

// The two, and behind them either STC, which wants the flags, or TEST, which does not, and a
// load, which may fault; then HLT.
Program program_of(unsigned first, unsigned second, uint64_t bits) {
  Program program;
  const bool wide = bits & 1, flags = bits & 2;
  program.code = instruction(first, static_cast<unsigned>(bits >> 2 & 0xfff), wide);
  const Bytes next = instruction(second, static_cast<unsigned>(bits >> 14 & 0xfff), wide);
  program.code.insert(program.code.end(), next.begin(), next.end());
  const Bytes tail = flags ? Bytes{0x8a, 0x06, 0xf4} : Bytes{0x85, 0xff, 0x8a, 0x06, 0xf4};
  program.code.insert(program.code.end(), tail.begin(), tail.end());
  program.prepare = [bits](SystemGuest& guest) {
    Random random(bits);
    for (unsigned i = 0; i < 4; ++i) guest.cpu.regs[i] = random.next();
    guest.cpu.regs[kRsi] = TestGuest::kData;
    guest.cpu.flags = pack_flags(random.next() & kArithFlags);
  };
  return program;
}

CpuImage result_of(const Program& program, Slices::Kind kind) {
  static SystemGuest guest;  // one for all: what a program leaves behind is written anew
  guest.cpu.halted = false;
  guest.cpu.set_slices({kind, 0});
  start(guest, program);
  const uint64_t before = guest.cpu.retired();
  guest.cpu.run(10);
  CpuImage image = image_of(guest.cpu);
  image.retired -= before;
  return image;
}

TEST_CASE("two instructions in one op do what they do one by one") {
  Random random(0x9a17);
  for (unsigned first = 0; first < kKinds; ++first) {
    for (unsigned second = 0; second < kKinds; ++second) {
      for (unsigned trial = 0; trial < 16; ++trial) {
        const Program program = program_of(first, second, random.next());
        const CpuImage wanted = result_of(program, Slices::Kind::kAlone);
        CAPTURE(first);
        CAPTURE(second);
        CAPTURE(program.code);
        REQUIRE(wanted.halted);
        REQUIRE(result_of(program, Slices::Kind::kBlocks) == wanted);
      }
    }
  }
}

const Block* block_of(SystemGuest& guest, const Bytes& code) {
  guest.load(code);
  return guest.cpu.blocks().find(guest.cpu, guest.cpu.rip, false, 100);
}

TEST_CASE("a block has one op for two instructions, and no op for three") {
  SystemGuest guest;
  // mov eax, ebx; add eax, 5; mov ecx, edx; hlt
  const Block* block = block_of(guest, {0x89, 0xd8, 0x83, 0xc0, 0x05, 0x89, 0xd1, 0xf4});
  REQUIRE(block != nullptr);
  CHECK(block->instructions == 4);
  CHECK(block->ops()[0].len == 5);
  CHECK(block->ops()[0].remaining == 4);
  CHECK(block->ops()[1].ip == 5);
  CHECK(block->ops()[1].len == 2);
  CHECK(block->ops()[1].remaining == 2);
}

TEST_CASE("no pair of two sizes, nor across what may fault, nor of an immediate that is too wide") {
  struct Case {
    Bytes code;
    uint8_t first_length;
  };
  for (const Case& c :
       {Case{{0x89, 0xd8, 0x48, 0x01, 0xd8, 0xf4}, 2},           // mov eax, ebx; add rax, rbx
        Case{{0x89, 0xd8, 0x8a, 0x06, 0xf4}, 2},                 // mov eax, ebx; mov al, [rsi]
        Case{{0x66, 0x89, 0xd8, 0x66, 0x01, 0xd8, 0xf4}, 3}}) {  // 16 bits
    SystemGuest guest;
    const Block* block = block_of(guest, c.code);
    REQUIRE(block != nullptr);
    CHECK(block->ops()[0].len == c.first_length);
  }
  Op first, second;
  first.fn = block_of(*std::make_unique<SystemGuest>(), {0x89, 0xd8, 0xf4})->ops()[0].fn;
  second = first;
  second.imm = int64_t{1} << 31;
  CHECK_FALSE(make_pair(first, second));
  second.imm = 7;
  CHECK(make_pair(first, second));
}

}  // namespace
}  // namespace vireo
