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

uint8_t free_gpr(CaseRandom& random) { return kFreeGprs[random.below(std::size(kFreeGprs))]; }

// ModRM and what belongs to it, with the REX bits it needs.
struct Operands {
  std::vector<uint8_t> bytes;
  uint8_t rex = 0;
};

Operands memory_operand(unsigned reg, CaseRandom& random) {
  const auto reg_bits = static_cast<uint8_t>((reg & 7) << 3);
  Operands out;
  if (random.one_in(2)) {
    out.bytes = {static_cast<uint8_t>(0x43 | reg_bits), static_cast<uint8_t>(16 * random.below(4))};
  } else {
    const auto scale = static_cast<uint8_t>(random.below(4) << 6);
    out.bytes = {static_cast<uint8_t>(0x04 | reg_bits), static_cast<uint8_t>(scale | 0x2b)};
  }
  out.rex = static_cast<uint8_t>((reg >> 3) << 2);
  return out;
}

Operands operands_of(const OpcodeRow& row, CaseRandom& random) {
  if (row.modrm >= 0x100) return {{static_cast<uint8_t>(row.modrm)}, 0};
  unsigned reg = has(row, is_gpr_reg) ? free_gpr(random) : random.below(16);
  if (row.modrm >= 0) reg = static_cast<unsigned>(row.modrm);
  if (row.mod == 'm' || (row.mod == '*' && random.one_in(2))) return memory_operand(reg, random);
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

uint64_t word(const std::array<uint8_t, 512>& fx, unsigned offset) {
  uint64_t value;
  std::memcpy(&value, fx.data() + offset, 8);
  return value;
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

std::vector<uint8_t> random_encoding(const OpcodeRow& row, CaseRandom& random) {
  std::vector<uint8_t> code;
  if (row.prefix == Pfx::k66) code.push_back(0x66);
  if (row.prefix == Pfx::kF3) code.push_back(0xf3);
  if (row.prefix == Pfx::kF2) code.push_back(0xf2);
  const Operands operands = operands_of(row, random);
  const auto rex = static_cast<uint8_t>(operands.rex | (random.one_in(2) ? 8 : 0));
  if (rex != 0 || random.one_in(2)) code.push_back(0x40 | rex);
  if (row.map > 0) code.push_back(0x0f);
  if (row.map > 1) code.push_back(row.map == 2 ? 0x38 : 0x3a);
  code.push_back(row.opcode);
  const bool modrm = row.modrm >= 0 || row.mod != '*' || row.operands[0] != Opd::kNone;
  if (modrm) code.insert(code.end(), operands.bytes.begin(), operands.bytes.end());
  for (const Opd o : row.operands) {
    if (o == Opd::kIb) code.push_back(static_cast<uint8_t>(random.next()));
  }
  return code;
}

FpMachine random_state(CaseRandom& random, Masks masks, uint64_t rbx) {
  FpMachine state;
  fill(state.memory.data(), 1024, random);
  fill(state.fx.data() + kFxXmm, 256, random);
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
