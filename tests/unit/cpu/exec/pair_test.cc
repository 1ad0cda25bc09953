// Two instructions that stand side by side run as one op: each pair gives what the two give one
// by one, in registers, flags and faults, whether the flags are wanted or not.
#include "cpu/exec/pair.h"

#include <doctest/doctest.h>

#include "cpu/block/row_counts.h"
#include "tests/unit/cpu/block/lockstep.h"
#include "tests/unit/cpu/exec/legacy_guest.h"
#include "tests/unit/cpu/native/random.h"

namespace vireo {
namespace {

using Bytes = std::vector<uint8_t>;

// One of each kind, on RAX to RDX; loads by RSI, some with RDI * 4.
Bytes instruction(unsigned kind, uint64_t pick, bool wide) {
  const auto low = static_cast<uint8_t>(pick & 3);
  const auto reg = static_cast<uint8_t>((pick >> 2 & 3) << 3);
  const auto modrm = static_cast<uint8_t>(0xc0 | reg | low);
  const auto group = [&](unsigned n) { return static_cast<uint8_t>(0xc0 | n << 3 | low); };
  const auto imm = static_cast<uint8_t>(pick >> 4);
  const auto count = static_cast<uint8_t>(1 + imm % 31);
  const auto load = static_cast<uint8_t>(0x46 | reg), sib = static_cast<uint8_t>(0x44 | reg);
  const Bytes kinds[] = {
      {0x89, modrm},           {0x8d, static_cast<uint8_t>(0x40 | reg | low), imm},
      {0x0f, 0xb6, modrm},     {0x0f, 0xb7, modrm},
      {0x01, modrm},           {0x29, modrm},
      {0x31, modrm},           {0x21, modrm},
      {0x09, modrm},           {0x11, modrm},
      {0x39, modrm},           {0x83, group(0), imm},
      {0x83, group(4), imm},   {0xc1, group(4), count},
      {0xc1, group(5), count}, {0xc1, group(0), count},
      {0xc1, group(1), count}, {0x0f, 0xaf, modrm},
      {0x8b, load, imm},       {0x0f, 0xb6, load, imm},
      {0x8b, sib, 0xbe, imm},
  };
  Bytes code = kinds[kind];
  if (wide) code.insert(code.begin(), 0x48);
  return code;
}
constexpr unsigned kKinds = 21;

void append(Bytes& code, const Bytes& more) { code.insert(code.end(), more.begin(), more.end()); }

// Two instructions, and behind them a load, which wants the flags, or TEST and the load, where
// nobody wants them; then HLT.
Bytes code_of(unsigned first, unsigned second, uint64_t bits, bool long_mode) {
  const bool wide = long_mode && (bits & 1), flags = bits & 2, mixed = long_mode && (bits & 4);
  Bytes code = instruction(first, bits >> 8, wide);
  append(code, instruction(second, bits >> 20, wide != mixed));
  append(code, flags ? Bytes{0x8a, 0x07, 0xf4} : Bytes{0x85, 0xff, 0x8a, 0x07, 0xf4});
  return code;
}

// Where RSI points: mostly to RAM, but also before a page's end, and where nothing is mapped.
uint64_t address_of(uint64_t bits) {
  constexpr uint64_t kNothing = 0x40000000;
  switch (bits >> 32 & 7) {
    case 0:
      return kNothing;
    case 1:
      return TestGuest::kData + kPageSize - 0x43;
    default:
      return TestGuest::kData + 0x100;
  }
}

// One guest for many programs.
template <typename Guest>
class PairGuest : public Guest {
 public:
  PairGuest() {
    Random random(1);
    for (uint64_t at = 0; at < 4 * kPageSize; at += 8) {
      this->memory.write(GuestAddr{TestGuest::kData + at}, random.next());
    }
    if (Guest::cpu.efer != 0) {  // at 1 GiB there is nothing
      this->memory.write(GuestAddr{TestGuest::kPml4 + 0x1000 + 8}, uint64_t{0});
    }
  }

  // What is there when the guest has halted, and what is on its stack.
  std::pair<CpuImage, std::vector<std::byte>> result_of(const Bytes& code, uint64_t bits,
                                                        Slices::Kind kind) {
    Cpu& cpu = this->cpu;
    Random random(bits);
    for (unsigned i = 0; i < 8; ++i) {
      cpu.regs[i] = cpu.efer != 0 ? random.next() : static_cast<uint32_t>(random.next());
    }
    cpu.regs[kRsi] = address_of(bits);
    cpu.regs[kRdi] = TestGuest::kData / 4 + 0x40;
    cpu.regs[kRsp] = TestGuest::kStack;
    if ((bits >> 40 & 3) != 0) cpu.regs[kRdi] &= 0xff;
    cpu.cr2 = 0;
    cpu.write_rflags(random.next() & kArithFlags);
    cpu.halted = false;
    cpu.set_slices({kind, 0});
    const uint64_t before = cpu.retired();
    this->load(code);
    run_in_portions(cpu, 10, 10);
    CpuImage image = image_of(cpu);
    image.retired -= before;
    std::vector<std::byte> stack(64);
    this->memory.read_bytes(GuestAddr{TestGuest::kStack - 64}, stack);
    return {image, stack};
  }
};

template <typename Guest>
void compare_pairs(bool long_mode) {
  PairGuest<Guest> guest;
  Random random(0x9a17);
  for (unsigned first = 0; first < kKinds; ++first) {
    for (unsigned second = 0; second < kKinds; ++second) {
      for (unsigned trial = 0; trial < 24; ++trial) {
        const uint64_t bits = random.next();
        const Bytes code = code_of(first, second, bits, long_mode);
        const auto wanted = guest.result_of(code, bits, Slices::Kind::kAlone);
        CAPTURE(first);
        CAPTURE(second);
        CAPTURE(bits);
        REQUIRE(wanted.first.halted);
        REQUIRE(guest.result_of(code, bits, Slices::Kind::kBlocks) == wanted);
      }
    }
  }
}

TEST_CASE("two instructions in one op do what they do one by one") {
  SUBCASE("in 64-bit mode") { compare_pairs<SystemGuest>(true); }
  SUBCASE("in flat 32-bit code") { compare_pairs<LegacyGuest>(false); }
}

TEST_CASE("the second load of a pair faults at its own place, behind the first") {
  SystemGuest guest;
  guest.memory.write(GuestAddr{TestGuest::kPml4 + 0x1000 + 8}, uint64_t{0});
  guest.memory.write(GuestAddr{TestGuest::kData}, uint64_t{0x40000000});
  guest.cpu.regs[kRsi] = TestGuest::kData;
  // mov rbx, [rsi]; mov rcx, [rbx + 8]
  const auto frame = guest.fault_of({0x48, 0x8b, 0x1e, 0x48, 0x8b, 0x4b, 0x08});
  CHECK(frame.vector == kVectorPf);
  CHECK(frame.rip == TestGuest::kCode + 3);
  CHECK(guest.cpu.cr2 == 0x40000008);
  CHECK(guest.cpu.regs[kRbx] == 0x40000000);
  CHECK(guest.cpu.retired() == 2);  // the first load, and the handler's HLT
}

TEST_CASE("the second load of a pair by RSP is #SS where its address is not canonical") {
  SystemGuest guest;
  guest.cpu.regs[kRbp] = uint64_t{1} << 60;
  guest.cpu.regs[kRsi] = TestGuest::kData;
  // mov rbx, [rsi]; mov rcx, [rbp + 8]
  CHECK(guest.fault_of({0x48, 0x8b, 0x1e, 0x48, 0x8b, 0x4d, 0x08}).vector == kVectorSs);
  // mov rbx, rsi; mov rcx, [rbp + 8]
  guest.cpu.halted = false;
  guest.cpu.regs[kRsp] = TestGuest::kStack;
  CHECK(guest.fault_of({0x48, 0x89, 0xf3, 0x48, 0x8b, 0x4d, 0x08}).vector == kVectorSs);
}

const Block* block_of(SystemGuest& guest, const Bytes& code) {
  guest.load(code);
  return guest.cpu.blocks().find(guest.cpu, guest.cpu.rip, false, 100);
}

TEST_CASE("a block has one op for two instructions, and no op for three") {
  if (RowCounts::on()) return;  // each row is counted by itself then
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

TEST_CASE("no pair of two sizes, nor with a store, nor of an immediate that is too wide") {
  if (RowCounts::on()) return;  // each row is counted by itself then
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
