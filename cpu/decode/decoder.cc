// From bytes to Insn: prefixes, opcode, ModRM, SIB, displacement, immediates
// (SDM 2A chapter 2). Which parts there are is read off the instruction table.
#include <algorithm>
#include <climits>
#include <iterator>

#include "cpu/decode/insn.h"
#include "cpu/decode/row_index.h"

namespace vireo {
namespace {

constexpr unsigned kMaxLength = 15;

class Decoder {
 public:
  Decoder(std::span<const uint8_t> bytes, CodeMode mode, Insn& insn)
      : bytes_(bytes), mode64_(mode == CodeMode::k64), insn_(insn) {
    const uint16_t ip = insn.ip;
    insn = Insn{};
    insn.ip = ip;
    insn.mode = mode;
  }

  DecodeStatus run() {
    read_prefixes();
    read_opcode();
    if (!failed()) select_row();
    if (!failed() && insn_.row != nullptr) read_operands();
    insn_.len = static_cast<uint8_t>(position_);
    if (too_long_) return DecodeStatus::kTooLong;
    if (truncated_) return DecodeStatus::kTruncated;
    if (insn_.row == nullptr || bad_lock() || bad_vex()) return DecodeStatus::kUndefined;
    fold_rip();
    return DecodeStatus::kOk;
  }

 private:
  bool failed() const { return too_long_ || truncated_; }

  uint8_t byte() {
    if (position_ >= kMaxLength) too_long_ = true;
    else if (position_ >= bytes_.size()) truncated_ = true;
    if (failed()) return 0;
    return bytes_[position_++];
  }

  uint64_t little_endian(unsigned count) {
    uint64_t value = 0;
    for (unsigned i = 0; i < count; ++i) value |= static_cast<uint64_t>(byte()) << (8 * i);
    return value;
  }

  int64_t signed_value(unsigned count) {
    const uint64_t value = little_endian(count);
    const unsigned shift = 64 - 8 * count;
    return static_cast<int64_t>(value << shift) >> shift;
  }

  bool legacy_prefix(uint8_t b) {
    switch (b) {
      case 0x66: insn_.prefix66 = true; return true;
      case 0x67: prefix67_ = true; return true;
      case 0xf0: insn_.lock = true; return true;
      case 0xf2: insn_.repne = true; insn_.rep = false; return true;
      case 0xf3: insn_.rep = true; insn_.repne = false; return true;
      case 0x26: return segment(kEs);
      case 0x2e: return segment(kCs);
      case 0x36: return segment(kSs);
      case 0x3e: return segment(kDs);
      case 0x64: return segment(kFs);
      case 0x65: return segment(kGs);
      default: return false;
    }
  }

  // In 64-bit mode only FS and GS overrides mean anything (SDM 2A 2.1.1).
  bool segment(SegIndex seg) {
    if (!mode64_ || seg >= kFs) {
      insn_.seg = seg;
      insn_.seg_override = true;
    }
    return true;
  }

  void read_prefixes() {
    for (;;) {
      next_ = byte();
      if (failed()) return;
      if (legacy_prefix(next_)) {
        insn_.rex = 0;  // a REX that is not the last prefix is ignored
      } else if (mode64_ && (next_ & 0xf0) == 0x40) {
        insn_.rex = next_;
      } else {
        return;
      }
    }
  }

  // C4 and C5 are LES and LDS outside 64-bit mode, unless what follows would
  // name a register for their memory operand.
  bool vex_follows() {
    if ((next_ != 0xc4 && next_ != 0xc5) || failed()) return false;
    if (mode64_) return true;
    const unsigned at = position_;
    const uint8_t following = byte();
    position_ = at;
    return !failed() && following >= 0xc0;
  }

  // The bits of VEX are kept as the REX and legacy prefixes that they stand for
  // (SDM 2A 2.3.5). R, X, B and vvvv are inverted in the bytes.
  void read_vex() {
    forbidden_prefix_ =
        insn_.prefix66 || insn_.rep || insn_.repne || insn_.lock || insn_.rex != 0;
    uint8_t rxb = byte(), last = rxb;
    map_ = 1;
    if (next_ == 0xc4) {
      map_ = rxb & 31;
      last = byte();
    } else {
      rxb |= 0x60;
      last &= 0x7f;
    }
    insn_.vex = true;
    insn_.vex256 = last & 4;
    vex_w_ = last & 0x80;
    vvvv_ = ~last >> 3 & 15;
    insn_.vvvv = mode64_ ? vvvv_ : vvvv_ & 7;
    insn_.rex = mode64_ ? static_cast<uint8_t>(0x40 | (vex_w_ ? 8 : 0) | (~rxb >> 5 & 7)) : 0;
    insn_.prefix66 = (last & 3) == 1;
    insn_.rep = (last & 3) == 2;
    insn_.repne = (last & 3) == 3;
    insn_.opcode = byte();
  }

  void read_opcode() {
    map_ = 0;
    insn_.opcode = next_;
    if (vex_follows()) return read_vex();
    if (next_ != 0x0f || failed()) return;
    map_ = 1;
    insn_.opcode = byte();
    if (insn_.opcode != 0x38 && insn_.opcode != 0x3a) return;
    map_ = insn_.opcode == 0x38 ? 2 : 3;
    insn_.opcode = byte();
  }

  // F3 before an XCHG of R8 with RAX does not make it a PAUSE.
  bool exchanges_r8() const { return map_ == 0 && insn_.opcode == 0x90 && (insn_.rex & 1); }

  void select_row() {
    if (insn_.vex && (map_ == 0 || map_ > 3)) return;
    insn_.has_modrm = opcode_has_modrm(map_, insn_.opcode, insn_.vex);
    if (insn_.has_modrm) insn_.modrm = byte();
    if (failed()) return;
    const bool rep = insn_.rep && !exchanges_r8();
    insn_.row = find_row({map_, insn_.opcode, insn_.prefix66, rep, insn_.repne,
                          insn_.modrm, mode64_, insn_.vex, insn_.vex256, vex_w_});
    if (insn_.row == nullptr) {
      // Consume what a ModRM would bring, so that the length is that of the
      // instruction had it existed.
      if (insn_.has_modrm) read_modrm();
      return;
    }
    insn_.op_size = operand_size();
    insn_.addr_size = address_size();
  }

  uint8_t operand_size() const {
    const uint32_t attributes = insn_.row->attributes;
    if (attributes & kAttrByte) return 1;
    if (insn_.vex) return insn_.rex & 8 ? 8 : 4;
    // A mandatory 66 is part of the opcode, not an operand size.
    const bool size66 = insn_.prefix66 && insn_.row->prefix != Pfx::k66;
    if (mode64_) {
      if ((insn_.rex & 8) || (attributes & kAttrF64)) return 8;
      if (attributes & kAttrD64) return size66 ? 2 : 8;
      return size66 ? 2 : 4;
    }
    return (insn_.mode == CodeMode::k32) != size66 ? 4 : 2;
  }

  uint8_t address_size() const {
    if (mode64_) return prefix67_ ? 4 : 8;
    return (insn_.mode == CodeMode::k32) != prefix67_ ? 4 : 2;
  }

  void read_operands() {
    if (insn_.has_modrm) read_modrm();
    for (Opd operand : insn_.row->operands) read_immediate(operand);
  }

  void read_modrm() {
    insn_.mod = insn_.modrm >> 6;
    if (insn_.row != nullptr && (insn_.row->attributes & kAttrMemReg)) insn_.mod = 3;
    insn_.reg = (insn_.modrm >> 3 & 7) | (insn_.rex & 4) << 1;
    insn_.rm = (insn_.modrm & 7) | (insn_.rex & 1) << 3;
    if (insn_.mod == 3) return;
    if (insn_.row == nullptr) insn_.addr_size = address_size();
    if (insn_.addr_size == 2) read_memory16();
    else read_memory();
  }

  void set_default_segment(bool stack) {
    if (!insn_.seg_override && stack) insn_.seg = kSs;
  }

  void read_memory16() {
    static constexpr uint8_t kBases[] = {kRbx, kRbx, kRbp, kRbp, kRsi, kRdi, kRbp, kRbx};
    static constexpr uint8_t kIndexes[] = {kRsi, kRdi, kRsi, kRdi, kZeroReg, kZeroReg, kZeroReg,
                                           kZeroReg};
    const unsigned rm = insn_.modrm & 7;
    insn_.base = kBases[rm];
    insn_.index = kIndexes[rm];
    if (insn_.mod == 0 && rm == 6) {
      insn_.base = kZeroReg;
      insn_.disp = static_cast<int32_t>(signed_value(2));
      return;
    }
    set_default_segment(insn_.base == kRbp);
    read_displacement(2);
  }

  void read_displacement(unsigned wide) {
    if (insn_.mod == 1) insn_.disp = static_cast<int32_t>(signed_value(1));
    if (insn_.mod == 2) insn_.disp = static_cast<int32_t>(signed_value(wide));
  }

  void read_memory() {
    const unsigned rm = insn_.modrm & 7;
    if (rm == 4) {
      read_sib();
      return;
    }
    if (insn_.mod == 0 && rm == 5) {
      insn_.base = mode64_ ? kRipPageReg : kZeroReg;
      insn_.disp = static_cast<int32_t>(signed_value(4));
      return;
    }
    insn_.base = insn_.rm;
    set_default_segment(insn_.base == kRsp || insn_.base == kRbp);
    read_displacement(4);
  }

  void read_sib() {
    const uint8_t sib = byte();
    insn_.scale = sib >> 6;
    const unsigned index = (sib >> 3 & 7) | (insn_.rex & 2) << 2;
    if (index != 4 || has_operand(Opd::kMv)) insn_.index = static_cast<uint8_t>(index);
    else insn_.scale = 0;
    if ((sib & 7) == 5 && insn_.mod == 0) {
      insn_.disp = static_cast<int32_t>(signed_value(4));
      return;
    }
    insn_.base = (sib & 7) | (insn_.rex & 1) << 3;
    set_default_segment(insn_.base == kRsp || insn_.base == kRbp);
    read_displacement(4);
  }

  void read_immediate(Opd operand) {
    const unsigned word_or_dword = insn_.op_size == 2 ? 2 : 4;
    switch (operand) {
      case Opd::kIb:
        // ENTER's second immediate; otherwise zero-extended
        if (insn_.row->operands[0] == Opd::kIw) insn_.imm2 = byte();
        else insn_.imm = byte();
        break;
      case Opd::kLx: insn_.imm = byte(); break;
      case Opd::kIbs: case Opd::kJb: insn_.imm = static_cast<uint64_t>(signed_value(1)); break;
      case Opd::kIw: insn_.imm = little_endian(2); break;
      case Opd::kIz: case Opd::kJz:
        insn_.imm = static_cast<uint64_t>(signed_value(word_or_dword));
        break;
      case Opd::kIv: insn_.imm = static_cast<uint64_t>(signed_value(insn_.op_size)); break;
      case Opd::kOb: case Opd::kOv: insn_.imm = little_endian(insn_.addr_size); break;
      case Opd::kAp:
        insn_.imm = little_endian(word_or_dword);
        insn_.imm2 = static_cast<uint16_t>(little_endian(2));
        break;
      default: break;
    }
  }

  // LOCK is legal on listed instructions with a memory destination only.
  bool bad_lock() const {
    if (!insn_.lock) return false;
    return !(insn_.row->attributes & kAttrLock) || !insn_.memory();
  }

  bool has_operand(Opd operand) const {
    if (insn_.row == nullptr) return false;
    const auto& operands = insn_.row->operands;
    return std::find(std::begin(operands), std::end(operands), operand) != std::end(operands);
  }

  // SDM 2A 2.3.2, 2.3.3, 2.3.6.3: prefixes that VEX replaces may not stand before it, and
  // vvvv must be 1111b where it names nothing. A vector of indices needs a SIB byte.
  bool bad_vex() const {
    if (!insn_.vex) return false;
    if (forbidden_prefix_) return true;
    if (vvvv_ != 0 && !has_operand(Opd::kHx) && !has_operand(Opd::kBy)) return true;
    return has_operand(Opd::kMv) && ((insn_.modrm & 7) != 4 || insn_.addr_size == 2);
  }

  // RIP-relative addresses become relative to the page of the code.
  void fold_rip() {
    if (insn_.base != kRipPageReg) return;
    int64_t disp = static_cast<int64_t>(insn_.disp) + insn_.ip + insn_.len;
    if (disp > INT32_MAX) {
      disp -= 8192;
      insn_.index = kTwoPagesReg;
    }
    insn_.disp = static_cast<int32_t>(disp);
  }

  std::span<const uint8_t> bytes_;
  bool mode64_;
  Insn& insn_;
  unsigned position_ = 0;
  bool truncated_ = false;
  bool too_long_ = false;
  bool prefix67_ = false;
  bool forbidden_prefix_ = false;  // before VEX
  bool vex_w_ = false;
  uint8_t vvvv_ = 0;  // of VEX, upright
  uint8_t next_ = 0;
  uint8_t map_ = 0;
};

}  // namespace

DecodeStatus decode(std::span<const uint8_t> bytes, CodeMode mode, Insn& insn) {
  return Decoder(bytes, mode, insn).run();
}

}  // namespace vireo
