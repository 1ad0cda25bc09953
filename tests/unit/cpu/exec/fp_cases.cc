#include "tests/unit/cpu/exec/fp_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "cpu/state/flags.h"

namespace vireo {
namespace {

constexpr uint64_t kIndexValue = 16;  // of RBP in [rbx + rbp * scale]
// Not RSP, which is the host's stack, nor RBX, RBP and RDI, which address memory.
constexpr uint8_t kFreeGprs[] = {0, 1, 2, 6, 8, 9, 10, 11, 12, 13, 14, 15};

bool is_gpr_rm(Opd o) {
  return o == Opd::kEb || o == Opd::kEw || o == Opd::kEd || o == Opd::kEq || o == Opd::kEv ||
         o == Opd::kEy || o == Opd::kRv || o == Opd::kRy;
}
bool is_gpr_reg(Opd o) {
  return o == Opd::kGb || o == Opd::kGw || o == Opd::kGv || o == Opd::kGy || o == Opd::kGd;
}
bool has(const OpcodeRow& row, bool (*is)(Opd)) {
  return std::any_of(std::begin(row.operands), std::end(row.operands), is);
}

bool names(const OpcodeRow& row, Opd operand) {
  return std::find(std::begin(row.operands), std::end(row.operands), operand) !=
         std::end(row.operands);
}

uint8_t free_gpr(CaseRandom& random) { return kFreeGprs[random.below(std::size(kFreeGprs))]; }

// ModRM and what belongs to it, with the REX bits it needs.
struct Operands {
  std::vector<uint8_t> bytes;
  uint8_t rex = 0;
};

// Multiples of 32 bytes from RBX, and of 16 where nothing asks for more.
Operands memory_operand(unsigned reg, bool vex, CaseRandom& random) {
  const auto reg_bits = static_cast<uint8_t>((reg & 7) << 3);
  Operands out;
  if (random.one_in(2)) {
    const unsigned step = vex ? 32 : 16;
    out.bytes = {static_cast<uint8_t>(0x43 | reg_bits),
                 static_cast<uint8_t>(step * random.below(4))};
  } else {
    const unsigned factor = vex ? 1 + random.below(3) : random.below(4);
    const auto scale = static_cast<uint8_t>(factor << 6);
    out.bytes = {static_cast<uint8_t>(0x04 | reg_bits), static_cast<uint8_t>(scale | 0x2b)};
  }
  out.rex = static_cast<uint8_t>((reg >> 3) << 2);
  return out;
}

// [rbx + indices * scale + disp8]. Gathers want three registers: indices are in one
// that fours divide, masks in odd ones.
Operands vsib_operand(CaseRandom& random) {
  const unsigned reg = 4 * random.below(4) + 2, index = 4 * random.below(4);
  const auto sib = static_cast<uint8_t>(random.below(4) << 6 | (index & 7) << 3 | 3);
  return {{static_cast<uint8_t>(0x44 | (reg & 7) << 3), sib,
           static_cast<uint8_t>(64 + 16 * random.below(4))},
          static_cast<uint8_t>((reg >> 3) << 2 | (index >> 3) << 1)};
}

Operands operands_of(const OpcodeRow& row, CaseRandom& random) {
  if (names(row, Opd::kMv)) return vsib_operand(random);
  if (row.modrm >= 0x100) return {{static_cast<uint8_t>(row.modrm)}, 0};
  unsigned reg = has(row, is_gpr_reg) ? free_gpr(random) : random.below(16);
  if (row.modrm >= 0) reg = static_cast<unsigned>(row.modrm);
  if (row.mod == 'm' || (row.mod == '*' && random.one_in(2))) {
    return memory_operand(reg, row.vex != Vex::kNone, random);
  }
  const unsigned rm = has(row, is_gpr_rm) ? free_gpr(random) : random.below(16);
  return {{static_cast<uint8_t>(0xc0 | (reg & 7) << 3 | (rm & 7))},
          static_cast<uint8_t>((reg >> 3) << 2 | rm >> 3)};
}

// --- values ---

constexpr uint32_t kSingles[] = {
    0x00000000, 0x80000000, 0x00000001, 0x807fffff, 0x00800000, 0x7f7fffff, 0xff7fffff, 0x7f800000,
    0xff800000, 0x7fc00000, 0xffc12345, 0x7f800001, 0xffa00000, 0x3f800000, 0xbf800000, 0x3f000000,
    0x40200000, 0x4f000000, 0xcf000000, 0x5f000000, 0x4b800001, 0x3eaaaaab, 0x33800000, 0x00400000};
constexpr uint64_t kDoubles[] = {
    0, 0x8000000000000000, 1, 0x800fffffffffffff, 0x0010000000000000, 0x7fefffffffffffff,
    0xffefffffffffffff, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000,
    0xfff8123456789abc, 0x7ff0000000000001, 0xfff4000000000000, 0x3ff0000000000000,
    0xbff0000000000000, 0x3fe0000000000000, 0x4004000000000000, 0x41e0000000000000,
    0xc1e0000000200000, 0x43e0000000000000, 0xc3e0000000000000, 0x47efffffe0000000,
    0x47efffffffffffff, 0x380fffffffffffff, 0x36a0000000000000, 0x3690000000000001};

uint32_t random_single(CaseRandom& random) {
  if (random.one_in(3)) return kSingles[random.below(std::size(kSingles))];
  const auto bits = static_cast<uint32_t>(random.next());
  if (random.one_in(3)) return bits;
  return (bits & 0x807fffff) | (120 + random.below(40)) << 23;
}
uint64_t random_double(CaseRandom& random) {
  if (random.one_in(3)) return kDoubles[random.below(std::size(kDoubles))];
  const uint64_t bits = random.next();
  if (random.one_in(3)) return bits;
  return (bits & 0x800fffffffffffff) | uint64_t{1000 + random.below(100)} << 52;
}
uint64_t random_text(CaseRandom& random) {
  uint64_t out = 0;
  for (unsigned i = 0; i < 8; ++i) out |= uint64_t{random.below(4)} << (8 * i);
  return out;
}

uint64_t random_lanes(CaseRandom& random, unsigned style) {
  switch (style) {
    case 0: return random.next();
    case 1: return random_single(random) | uint64_t{random_single(random)} << 32;
    case 2: return random_double(random);
    case 3: return random_text(random);
    default: return random.one_in(2) ? 0 : ~uint64_t{0};
  }
}

void fill(uint8_t* at, unsigned bytes, CaseRandom& random) {
  for (unsigned i = 0; i < bytes; i += 16) {
    const unsigned style = random.below(5);
    for (unsigned k = 0; k < 16; k += 8) {
      const uint64_t value = random_lanes(random, style);
      std::memcpy(at + i + k, &value, 8);
    }
  }
}

// An 80-bit value: ordinary, special, or of a format no longer supported.
void random_extended(uint8_t* at, CaseRandom& random) {
  uint64_t significand = random.next() | uint64_t{1} << 63;
  uint16_t exponent = static_cast<uint16_t>(0x3fff - 40 + random.below(80));
  switch (random.below(10)) {
    case 0: significand = 0, exponent = 0; break;
    case 1: significand = random.next() >> random.below(64), exponent = 0; break;
    case 2: significand = uint64_t{1} << 63, exponent = 0x7fff; break;
    case 3: exponent = 0x7fff; break;
    case 4: significand = uint64_t{1} << 63; break;
    case 5: exponent = static_cast<uint16_t>(random.next() & 0x7fff); break;
    case 6: significand = random.next(), exponent = static_cast<uint16_t>(random.next()); break;
    case 7: significand <<= random.below(64), significand |= uint64_t{1} << 63; break;
    default: break;
  }
  if (random.one_in(2)) exponent ^= 0x8000;
  std::memcpy(at, &significand, 8);
  std::memcpy(at + 8, &exponent, 2);
}

uint64_t word(std::span<const uint8_t> bytes, unsigned offset) {
  uint64_t value;
  std::memcpy(&value, bytes.data() + offset, 8);
  return value;
}

void compare_upper_halves(const FpMachine& ours, const FpMachine& native, std::string& out) {
  for (unsigned at = 0; at < 256; at += 16) {
    if (std::memcmp(&ours.high[at], &native.high[at], 16) == 0) continue;
    out += fmt::format(" high{} {:016x}{:016x}/{:016x}{:016x}", at / 16, word(ours.high, at + 8),
                       word(ours.high, at), word(native.high, at + 8), word(native.high, at));
  }
}

void compare_registers(const FpMachine& ours, const FpMachine& native, std::string& out) {
  for (unsigned i = 0; i < 16; ++i) {
    if (i != 4 && ours.gpr[i] != native.gpr[i]) {
      out += fmt::format(" gpr{} {:016x}/{:016x}", i, ours.gpr[i], native.gpr[i]);
    }
    const unsigned at = kFxXmm + 16 * i;
    if (std::memcmp(&ours.fx[at], &native.fx[at], 16) != 0) {
      out += fmt::format(" xmm{} {:016x}{:016x}/{:016x}{:016x}", i, word(ours.fx, at + 8),
                         word(ours.fx, at), word(native.fx, at + 8), word(native.fx, at));
    }
  }
  compare_upper_halves(ours, native, out);
  for (unsigned i = 0; i < 8; ++i) {
    const unsigned at = kFxSt + 16 * i;
    if (std::memcmp(&ours.fx[at], &native.fx[at], 10) != 0) {
      out += fmt::format(" st{} {:04x}.{:016x}/{:04x}.{:016x}", i, ours.fx_at<uint16_t>(at + 8),
                         word(ours.fx, at), native.fx_at<uint16_t>(at + 8), word(native.fx, at));
    }
  }
}

template <typename T>
void compare_word(const char* name, T ours, T native, std::string& out) {
  if (ours != native) out += fmt::format(" {} {:x}/{:x}", name, ours, native);
}

}  // namespace

namespace {

// The prefix of three bytes, or that of two where it says as much. `rex` has the
// bits which VEX replaces.
void append_vex(const OpcodeRow& row, unsigned rex, CaseRandom& random,
                std::vector<uint8_t>& code) {
  const bool l = vex_bit(row.vex, 4) || (!vex_bit(row.vex, 2) && random.one_in(2));
  const bool w = vex_bit(row.vex, 16) || (!vex_bit(row.vex, 8) && random.one_in(2));
  unsigned vvvv = 0;
  if (names(row, Opd::kHx)) vvvv = random.below(16);
  if (names(row, Opd::kMv)) vvvv |= 1;
  if (names(row, Opd::kBy)) vvvv = free_gpr(random);
  const unsigned pp = row.prefix == Pfx::k66 ? 1 : row.prefix == Pfx::kF3 ? 2
                      : row.prefix == Pfx::kF2 ? 3 : 0;
  const unsigned last = (~vvvv & 15) << 3 | (l ? 4 : 0) | pp;
  if (row.map == 1 && !w && !(rex & 3) && random.one_in(2)) {
    code = {0xc5, static_cast<uint8_t>((rex & 4 ? 0 : 0x80) | last)};
  } else {
    code = {0xc4, static_cast<uint8_t>((~rex & 7) << 5 | row.map),
            static_cast<uint8_t>((w ? 0x80 : 0) | last)};
  }
}

void append_legacy_prefixes(const OpcodeRow& row, unsigned operand_rex, CaseRandom& random,
                            std::vector<uint8_t>& code) {
  if (row.prefix == Pfx::k66) code.push_back(0x66);
  if (row.prefix == Pfx::kF3) code.push_back(0xf3);
  if (row.prefix == Pfx::kF2) code.push_back(0xf2);
  const auto rex = static_cast<uint8_t>(operand_rex | (random.one_in(2) ? 8 : 0));
  if (rex != 0 || random.one_in(2)) code.push_back(0x40 | rex);
  if (row.map > 0) code.push_back(0x0f);
  if (row.map > 1) code.push_back(row.map == 2 ? 0x38 : 0x3a);
}

}  // namespace

std::vector<uint8_t> random_encoding(const OpcodeRow& row, CaseRandom& random) {
  std::vector<uint8_t> code;
  const Operands operands = operands_of(row, random);
  if (row.vex != Vex::kNone) append_vex(row, operands.rex, random, code);
  else append_legacy_prefixes(row, operands.rex, random, code);
  code.push_back(row.opcode);
  const bool modrm = row.modrm >= 0 || row.mod != '*' || row.operands[0] != Opd::kNone;
  if (modrm) code.insert(code.end(), operands.bytes.begin(), operands.bytes.end());
  for (const Opd o : row.operands) {
    if (o == Opd::kIb || o == Opd::kLx) code.push_back(static_cast<uint8_t>(random.next()));
  }
  return code;
}

FpMachine random_state(CaseRandom& random, Masks masks, uint64_t rbx) {
  FpMachine state;
  fill(state.memory.data(), 1024, random);
  fill(state.fx.data() + kFxXmm, 256, random);
  fill(state.high.data(), 256, random);
  for (uint64_t& gpr : state.gpr) gpr = random.one_in(3) ? random.below(20) : random.next();
  state.gpr[3] = rbx;
  state.gpr[7] = rbx + random.below(64);  // RDI: MASKMOVQ and MASKMOVDQU store there
  state.gpr[kRbp] = kIndexValue;
  state.rflags = (random.next() & kArithFlags) | 2;
  const auto open = static_cast<uint16_t>(masks == Masks::kAll ? 0 : random.next() & 0x3f);
  state.set_fx(kFxControl, static_cast<uint16_t>(0x37f ^ open ^ (random.next() & 0x0f00)));
  // Sticky flags only where they are masked: nothing is pending.
  const auto sticky = static_cast<uint16_t>(random.next() & 0x3f & ~open);
  state.set_fx(kFxStatus, static_cast<uint16_t>((random.next() & 0x7f00) | sticky));
  const auto tags =
      static_cast<uint8_t>(random.one_in(3) ? random.next() : 0xff << random.below(8));
  state.set_fx(kFxTags, static_cast<uint8_t>(random.one_in(2) ? ~tags : tags));
  for (unsigned i = 0; i < 8; ++i) random_extended(state.fx.data() + kFxSt + 16 * i, random);
  const auto mxcsr = static_cast<uint32_t>(random.next() & 0xe07f);
  state.set_fx(kFxMxcsr, ((mxcsr | 0x1f80) ^ uint32_t{open} << 7) & ~uint32_t{open});
  return state;
}

Comparison compare_states(const FpMachine& ours, const FpMachine& native,
                          const CompareOptions& options) {
  Comparison result;
  std::string& out = result.difference;
  compare_registers(ours, native, out);
  const auto status = static_cast<uint16_t>(~options.ignore_status);
  compare_word("fsw", ours.fx_at<uint16_t>(kFxStatus) & status,
               native.fx_at<uint16_t>(kFxStatus) & status, out);
  compare_word("fcw", ours.fx_at<uint16_t>(kFxControl), native.fx_at<uint16_t>(kFxControl), out);
  compare_word("ftw", ours.fx_at<uint8_t>(kFxTags), native.fx_at<uint8_t>(kFxTags), out);
  compare_word("mxcsr", ours.fx_at<uint32_t>(kFxMxcsr) & ~options.ignore_mxcsr,
               native.fx_at<uint32_t>(kFxMxcsr) & ~options.ignore_mxcsr, out);
  compare_word("flags", ours.rflags & options.flags, native.rflags & options.flags, out);
  for (unsigned i = 0; i < ours.memory.size(); ++i) {
    const bool skipped = i >= options.memory_skip_from && i < options.memory_skip_to;
    if (!skipped && ours.memory[i] != native.memory[i]) {
      out += fmt::format(" memory+{} {:02x}/{:02x}", i, ours.memory[i], native.memory[i]);
      break;
    }
  }
  result.equal = out.empty();
  return result;
}

}  // namespace vireo
