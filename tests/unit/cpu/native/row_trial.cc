#include "tests/unit/cpu/native/row_trial.h"

#include <algorithm>

#include "cpu/decode/row_index.h"
#include "cpu/exec/integer.h"
#include "cpu/exec/integer_ext.h"

namespace vireo {
namespace {

const OpcodeRow kIntegerRows[] = {
#include "cpu/decode/x86_integer.def"
#include "cpu/decode/x86_integer_ext.def"
};

uint64_t truncated(uint64_t value, bool wide) { return wide ? value : value & 0xffffffff; }

}  // namespace

// They stand first in the table.
std::span<const OpcodeRow> integer_rows() { return opcode_rows().first(std::size(kIntegerRows)); }

bool is_plain_row(const OpcodeRow& row) {
  return !(row.attributes & kAttrEnds) && row.emit != emit_string;
}

RowTrial::RowTrial(const OpcodeRow& row, NativeCpu::Width width, Random& random)
    : row_(row), wide_(width == NativeCpu::Width::k64), random_(random) {
  trial_.width = width;
}

bool RowTrial::has_operand(Opd operand) const {
  return std::find(std::begin(row_.operands), std::end(row_.operands), operand) !=
         std::end(row_.operands);
}

void RowTrial::choose_sizes() {
  const bool sized = !(row_.attributes & kAttrByte);
  if (!sized) {
    op_size_ = 1;
  } else if (row_.attributes & kAttrD64) {
    prefix66_ = random_.one_in(4);
    op_size_ = prefix66_ ? 2 : wide_ ? 8 : 4;
  } else {
    static constexpr unsigned kSizes[] = {2, 4, 4, 8, 8};
    op_size_ = wide_ ? random_.pick(kSizes) : random_.one_in(3) ? 2 : 4;
    // Operands of 32 or 64 bits only (y): 66 is no operand size to them.
    if (has_operand(Opd::kEy) && op_size_ == 2) op_size_ = 4;
    prefix66_ = op_size_ == 2;
  }
}

void RowTrial::choose_registers() {
  const unsigned registers = wide_ ? 16 : 8;
  has_modrm_ = opcode_has_modrm(row_.map, row_.opcode, has_vex());
  memory_ = has_modrm_ && row_.mod != 'r' && (row_.mod == 'm' || random_.one_in(2));
  rex_ = wide_ && (op_size_ == 8 || random_.one_in(2));
  if (op_size_ == 8 && (row_.attributes & kAttrD64)) rex_ = random_.one_in(2);
  if (has_vex()) rex_ = wide_;
  const unsigned reachable = rex_ ? registers : 8;
  if (has_operand(Opd::kBy)) vvvv_ = static_cast<unsigned>(random_.below(reachable));
  reg_ = row_.modrm >= 0 ? static_cast<unsigned>(row_.modrm)
                         : static_cast<unsigned>(random_.below(reachable));
  rm_ = static_cast<unsigned>(random_.below(reachable));
}

void RowTrial::choose_memory() {
  prefix67_ = wide_ && random_.one_in(8);
  if (random_.one_in(8)) {
    static constexpr int kPrefixes[] = {0x26, 0x2e, 0x36, 0x3e, 0x65};
    // Code segments are not writable outside 64-bit mode, and GS is null there.
    segment_ = wide_ ? random_.pick(kPrefixes) : 0x3e;
  }
  // Inside the data area, now and then over a page boundary.
  const uint64_t page = NativeCpu::kData + 0x1000 * (1 + random_.below(2));
  target_ = random_.one_in(4) ? page - random_.below(16)
                              : NativeCpu::kData + 0x400 + random_.below(0x3000);
  if (row_.emit == emit_cmpxchg_wide && !random_.one_in(8)) target_ &= ~uint64_t{15};
  if (memory_) choose_base_and_index();
}

void RowTrial::choose_base_and_index() {
  const unsigned reachable = rex_ ? 16 : 8;
  const uint64_t kind = random_.below(simple_memory_ ? 2 : 8);
  scale_ = static_cast<unsigned>(random_.below(4));
  if (kind == 0 && wide_) {
    rip_relative_ = true;
    disp_bytes_ = 4;
  } else if (kind <= 1) {
    disp_bytes_ = 4;  // absolute
  } else if (kind == 2) {
    index_ = static_cast<int>(random_.below(reachable));
    disp_bytes_ = 4;
  } else {
    base_ = static_cast<int>(random_.below(reachable));
    static constexpr unsigned kBytes[] = {0, 1, 4};
    disp_bytes_ = random_.pick(kBytes);
    if ((base_ & 7) == kRbp && disp_bytes_ == 0) disp_bytes_ = 1;
    if (kind >= 5) index_ = static_cast<int>(random_.below(reachable));
  }
  if (index_ == kRsp) index_ = -1;
  // A register that says how far into a bit string must not hold the address.
  if (row_.emit == emit_bit_test && row_.operands[1] == Opd::kGv) {
    while (static_cast<int>(reg_) == base_ || static_cast<int>(reg_) == index_) {
      reg_ = static_cast<unsigned>(random_.below(reachable));
    }
  }
  if (index_ == base_) index_ = -1;
  // What uses the stack as well needs RSP to stay in memory.
  if (base_ == kRsp && (row_.attributes & kAttrD64)) {
    disp_bytes_ = 1;
    index_ = -1;
  }
  if (disp_bytes_ == 1) disp_ = static_cast<int8_t>(random_.next());
  else if (disp_bytes_ == 4) disp_ = static_cast<int32_t>(random_.next());
}

void RowTrial::append(uint64_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) {
    trial_.code.push_back(static_cast<uint8_t>(value >> (8 * i)));
  }
}

void RowTrial::append_prefixes() {
  if (lock_) append(0xf0, 1);
  if (segment_ >= 0) append(static_cast<uint64_t>(segment_), 1);
  if (prefix67_) append(0x67, 1);
  const unsigned x = index_ > 0 ? static_cast<unsigned>(index_) >> 3 : 0;
  const unsigned b = !memory_ ? rm_ >> 3 : base_ > 0 ? static_cast<unsigned>(base_) >> 3 : 0;
  const unsigned rxb = (reg_ >> 3) << 2 | x << 1 | b;
  if (has_vex()) return append_vex(rxb);
  if (prefix66_ || row_.prefix == Pfx::k66) append(0x66, 1);
  if (row_.prefix == Pfx::kF3) append(0xf3, 1);
  if (row_.prefix == Pfx::kF2) append(0xf2, 1);
  if (repeat_ >= 0) append(static_cast<uint64_t>(repeat_), 1);
  if (rex_) append(0x40 | (op_size_ == 8) << 3 | rxb, 1);
}

// The form of three bytes (SDM 2A 2.3.5): R, X, B and vvvv are inverted.
void RowTrial::append_vex(unsigned rxb) {
  const unsigned pp = row_.prefix == Pfx::k66   ? 1
                      : row_.prefix == Pfx::kF3 ? 2
                      : row_.prefix == Pfx::kF2 ? 3
                                                : 0;
  append(0xc4, 1);
  append((~rxb & 7) << 5 | row_.map, 1);
  append((op_size_ == 8) << 7 | (~vvvv_ & 15) << 3 | pp, 1);
}

void RowTrial::append_opcode() {
  if (has_vex()) return append(row_.opcode, 1);
  if (row_.map >= 1) append(0x0f, 1);
  if (row_.map == 2) append(0x38, 1);
  if (row_.map == 3) append(0x3a, 1);
  append(row_.opcode, 1);
}

void RowTrial::append_memory_modrm() {
  const unsigned reg = (reg_ & 7) << 3;
  const unsigned mod = base_ < 0 || disp_bytes_ == 0 ? 0 : disp_bytes_ == 1 ? 1 : 2;
  if (rip_relative_) {
    append(reg | 5, 1);
  } else if (base_ >= 0 && index_ < 0 && (base_ & 7) != kRsp) {
    append(mod << 6 | reg | (base_ & 7), 1);
  } else if (base_ < 0 && index_ < 0 && !wide_) {
    append(reg | 5, 1);
  } else {
    const unsigned index = index_ < 0 ? 4 : static_cast<unsigned>(index_ & 7);
    const unsigned base = base_ < 0 ? 5 : static_cast<unsigned>(base_ & 7);
    append(mod << 6 | reg | 4, 1);
    append(scale_ << 6 | index << 3 | base, 1);
  }
  append(static_cast<uint32_t>(disp_), disp_bytes_);
}

void RowTrial::append_modrm() {
  if (!has_modrm_) return;
  if (memory_) append_memory_modrm();
  else append(0xc0 | (reg_ & 7) << 3 | (rm_ & 7), 1);
}

void RowTrial::append_immediates() {
  const unsigned word_or_dword = op_size_ == 2 ? 2 : 4;
  for (const Opd operand : row_.operands) {
    switch (operand) {
      case Opd::kIb: case Opd::kIbs: append(imm_, 1); break;
      case Opd::kIw: append(imm_ & 0xf8, 2); break;  // ENTER: a small frame
      case Opd::kIz: append(imm_, word_or_dword); break;
      case Opd::kIv: append(imm_, op_size_); break;
      case Opd::kOb: case Opd::kOv: append(target_, wide_ && !prefix67_ ? 8 : 4); break;
      default: break;
    }
  }
}

// A displacement relative to RIP needs the length, and an absolute one the
// target: known only now.
void RowTrial::assemble() {
  if (memory_ && base_ < 0 && index_ < 0) disp_ = static_cast<int32_t>(target_);
  for (int pass = 0; pass < 2; ++pass) {
    trial_.code.clear();
    append_prefixes();
    append_opcode();
    append_modrm();
    append_immediates();
    if (!rip_relative_) break;
    disp_ = static_cast<int32_t>(target_ - trial_.at - trial_.code.size());
  }
}

void RowTrial::set_address_registers() {
  auto& gpr = trial_.in.gpr;
  const bool narrow = prefix67_ || !wide_;
  uint64_t rest = target_ - static_cast<uint64_t>(static_cast<int64_t>(disp_));
  if (base_ >= 0) {
    if (index_ >= 0) rest -= gpr[index_] << scale_;
    gpr[base_] = narrow ? static_cast<uint32_t>(rest) : rest;
    if (prefix67_ && base_ != kRsp) gpr[base_] |= random_.next() << 32;
  } else if (index_ >= 0) {
    // disp + index * scale: the low bits of the target come from disp.
    target_ -= rest & ((uint64_t{1} << scale_) - 1);
    rest = target_ - static_cast<uint64_t>(static_cast<int64_t>(disp_));
    gpr[index_] = static_cast<uint64_t>(static_cast<int64_t>(rest) >> scale_);
    if (narrow) gpr[index_] = static_cast<uint32_t>(gpr[index_]);
  }
}

// Dividends whose quotient fits, most of the time.
void RowTrial::set_divide() {
  if (random_.one_in(4)) return;
  auto& gpr = trial_.in.gpr;
  const bool negative = row_.arg == kIdiv && (gpr[kRax] >> (8 * op_size_ - 1) & 1);
  if (op_size_ == 1) gpr[kRax] &= ~uint64_t{0xfc00};
  else gpr[kRdx] = truncated(negative ? ~uint64_t{0} : 0, wide_);
}

unsigned RowTrial::rm_size() const {
  return row_.emit == emit_cmpxchg_wide ? 16 : std::max(op_size_, 4u);
}

void RowTrial::set_operands() {
  auto& gpr = trial_.in.gpr;
  for (unsigned i = 0; i < (wide_ ? 16 : 8); ++i) gpr[i] = truncated(random_.operand(), wide_);
  gpr[kRsp] = NativeCpu::kStackBase + 0x2000 + 8 * random_.below(16);
  if (row_.emit == emit_leave || row_.emit == emit_enter) {
    gpr[kRbp] = NativeCpu::kStackBase + 0x1800 + random_.below(0x400);
  }
  if (row_.emit == emit_muldiv && row_.arg >= kDiv) set_divide();
  if (row_.emit == emit_bit_test && memory_) {
    gpr[reg_] = truncated(static_cast<uint64_t>(static_cast<int64_t>(random_.below(2000)) - 1000),
                          wide_);
  }
  if (row_.emit == emit_xlat) {
    gpr[kRbx] = truncated(target_ - (gpr[kRax] & 0xff), wide_);
  }
  if (memory_) set_address_registers();
  trial_.in.rflags = (random_.next() & (kArithFlags | kFlagDf)) | 2;
  if (memory_ && random_.one_in(2)) {
    Trial::Patch patch{target_, {}};
    for (unsigned done = 0; done < rm_size(); done += 8) {
      const uint64_t value = random_.operand();
      for (unsigned i = 0; i < 8; ++i) patch.bytes.push_back(static_cast<uint8_t>(value >> 8 * i));
    }
    trial_.patches.push_back(patch);
  }
  // CMPXCHG finds what it expects half of the time.
  if (row_.emit == emit_cmpxchg && !memory_ && random_.one_in(2)) gpr[kRax] = gpr[rm_];
}

uint64_t RowTrial::undefined_flags() const {
  const bool shift = row_.emit == emit_shift || row_.emit == emit_double_shift;
  if (!shift) return row_.flags_undefined;
  if (has_operand(Opd::kOne)) return row_.flags_undefined;
  const uint64_t raw = has_operand(Opd::kCl) ? trial_.in.gpr[kRcx] : imm_;
  const uint64_t count = raw & (op_size_ == 8 ? 63 : 31);
  if (count == 0) return 0;
  // CF of SHL and SHR by the operand's size or more; what a double shift by more
  // than that gives is undefined as a whole.
  const bool plain = row_.emit == emit_shift && (row_.arg == kShiftShl || row_.arg == kShiftShr);
  const uint64_t carry = plain && count >= 8 * op_size_ ? kFlagCf : 0;
  return (count == 1 ? row_.flags_undefined & ~kFlagOf : row_.flags_undefined) | carry;
}

bool RowTrial::undefined_result() const {
  if (row_.emit == emit_bswap) return op_size_ == 2;
  if (row_.emit == emit_double_shift && op_size_ == 2) {
    const uint64_t raw = has_operand(Opd::kCl) ? trial_.in.gpr[kRcx] : imm_;
    return (raw & 31) > 16;
  }
  if (row_.emit != emit_bit_scan || row_.arg == kPopcnt) return false;
  // BSF and BSR of zero. A source in memory is known only where it was set.
  const uint64_t mask = op_size_ == 8 ? ~uint64_t{0} : (uint64_t{1} << 8 * op_size_) - 1;
  if (!memory_) return (trial_.in.gpr[rm_] & mask) == 0;
  if (trial_.patches.empty()) return true;
  const auto& bytes = trial_.patches[0].bytes;
  return std::all_of(bytes.begin(), bytes.begin() + op_size_, [](uint8_t b) { return b == 0; });
}

std::optional<Trial> RowTrial::make() {
  choose_sizes();
  choose_registers();
  choose_memory();
  lock_ = random_.one_in(row_.attributes & kAttrLock ? 4 : 32);
  if (row_.map == 0 && row_.opcode != 0x90 && random_.one_in(16)) {
    repeat_ = random_.one_in(2) ? 0xf2 : 0xf3;
  }
  imm_ = random_.operand();
  set_operands();
  assemble();
  trial_.ignored_flags = undefined_flags();
  if (trial_.code.size() > 15 || undefined_result()) return std::nullopt;
  return trial_;
}

std::vector<uint8_t> RowTrial::make_bytes(uint64_t at) {
  simple_memory_ = true;
  trial_.at = at;
  choose_sizes();
  choose_registers();
  choose_memory();
  imm_ = random_.operand();
  assemble();
  return trial_.code;
}

}  // namespace vireo
