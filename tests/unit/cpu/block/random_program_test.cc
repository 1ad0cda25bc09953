// Random programs made from integer rows, in fast blocks and stepped: their own
// stores may hit their code, and exceptions send them somewhere else in it.
#include "tests/unit/cpu/block/lockstep.h"
#include "tests/unit/cpu/native/row_trial.h"

namespace vireo {
namespace {

constexpr uint64_t kTable = 0x140000, kCounter = 0x141000, kLoops = 0x141008,
                   kHandler = 0x142000;
constexpr unsigned kTableSize = 64;

struct RandomProgram {
  std::vector<uint8_t> code;
  std::vector<uint64_t> starts;  // of its instructions
};

const OpcodeRow& random_row(Random& random) {
  for (;;) {
    const OpcodeRow& row = integer_rows()[random.below(integer_rows().size())];
    if (is_plain_row(row) && !(row.attributes & kAttrNo64)) return row;
  }
}

void append(RandomProgram& program, uint64_t at, std::initializer_list<uint8_t> bytes) {
  program.starts.push_back(at + program.code.size());
  program.code.insert(program.code.end(), bytes);
}

void append_number(RandomProgram& program, uint32_t value) {
  for (unsigned i = 0; i < 4; ++i) program.code.push_back(static_cast<uint8_t>(value >> 8 * i));
}

// A branch a little ahead, perhaps into the middle of an instruction.
void append_forward(RandomProgram& program, uint64_t at, Random& random) {
  switch (random.below(8)) {
    case 0: append(program, at, {0xe9}); break;
    case 1: append(program, at, {0xe8}); break;
    default: append(program, at, {0x0f, static_cast<uint8_t>(0x80 | random.below(16))}); break;
  }
  append_number(program, static_cast<uint32_t>(random.below(40)));
}

// inc byte [kLoops]; test byte [kLoops], 3; jnz back: no loop is for ever.
void append_backward(RandomProgram& program, uint64_t at, Random& random) {
  const uint64_t recent = std::min<uint64_t>(program.starts.size(), 30);
  const uint64_t target = program.starts[program.starts.size() - 1 - random.below(recent)];
  append(program, at, {0xfe, 0x04, 0x25});
  append_number(program, kLoops);
  append(program, at, {0xf6, 0x04, 0x25});
  append_number(program, kLoops);
  program.code.push_back(3);
  append(program, at, {0x0f, 0x85});
  append_number(program, static_cast<uint32_t>(target - (at + program.code.size() + 4)));
}

// mov ecx, n; mov edi, data; mov esi, data; rep string
void append_string(RandomProgram& program, uint64_t at, Random& random) {
  static constexpr uint8_t kOpcodes[] = {0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xae, 0xaf};
  append(program, at, {0xb9});
  append_number(program, static_cast<uint32_t>(random.below(300)));
  append(program, at, {0xbf});
  append_number(program, static_cast<uint32_t>(NativeCpu::kData + random.below(0x2000)));
  append(program, at, {0xbe});
  append_number(program, static_cast<uint32_t>(NativeCpu::kData + random.below(0x2000)));
  append(program, at, {static_cast<uint8_t>(0xf2 | random.below(2)), random.pick(kOpcodes)});
}

RandomProgram make_program(uint64_t at, unsigned instructions, Random& random) {
  RandomProgram program;
  while (program.starts.size() < instructions) {
    if (random.one_in(10)) {
      append_forward(program, at, random);
    } else if (!program.starts.empty() && random.one_in(12)) {
      append_backward(program, at, random);
    } else if (random.one_in(40)) {
      append_string(program, at, random);
    } else {
      const uint64_t here = at + program.code.size();
      const auto bytes = RowTrial(random_row(random), NativeCpu::Width::k64, random)
                             .make_bytes(here);
      program.starts.push_back(here);
      program.code.insert(program.code.end(), bytes.begin(), bytes.end());
    }
  }
  append(program, at, {0xe9});
  append_number(program, static_cast<uint32_t>(at - (at + program.code.size() + 4)));
  return program;
}

// Every exception: a fresh stack, and on at the next place in a table.
void prepare(SystemGuest& guest, const RandomProgram& program, uint64_t seed) {
  const auto at = [](uint64_t a, unsigned byte) { return static_cast<uint8_t>(a >> 8 * byte); };
  for (unsigned vector = 0; vector < 32; ++vector) {
    install_handler(guest, vector, kHandler, {
        0xbc, at(TestGuest::kStack, 0), at(TestGuest::kStack, 1), at(TestGuest::kStack, 2), 0,
        0xff, 0x04, 0x25, at(kCounter, 0), at(kCounter, 1), at(kCounter, 2), 0,  // inc [counter]
        0x0f, 0xb6, 0x04, 0x25, at(kCounter, 0), at(kCounter, 1), at(kCounter, 2), 0,  // movzx eax
        0x83, 0xe0, kTableSize - 1,                                                // and eax, 63
        0xff, 0x24, 0xc5, at(kTable, 0), at(kTable, 1), at(kTable, 2), 0}, 1);     // jmp [..]
  }
  Random random(seed);
  for (unsigned i = 0; i < kTableSize; ++i) {
    guest.memory.write(GuestAddr{kTable + 8 * i},
                       program.starts[random.below(program.starts.size())]);
  }
  for (unsigned i = 0; i < 16; ++i) {
    if (i != kRsp) guest.cpu.regs[i] = random.operand();
  }
}

void check_random(uint64_t at, uint64_t seed, unsigned programs) {
  Random random(seed);
  for (unsigned i = 0; i < programs; ++i) {
    const RandomProgram made = make_program(at, 120, random);
    Program program;
    program.at = at;
    program.code = made.code;
    program.prepare = [&](SystemGuest& guest) { prepare(guest, made, seed + i); };
    INFO("program ", i);
    if (!check_portions(program, 3000, 30)) return;
  }
}

TEST_CASE("random programs are the same in any portions") {
  check_random(0x100f00, 21, 30);
}

TEST_CASE("random programs which overwrite themselves are the same in any portions") {
  check_random(NativeCpu::kData + 0xe00, 22, 30);
}

}  // namespace
}  // namespace vireo
