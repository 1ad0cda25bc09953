// DAA DAS AAA AAS AAM AAD and BOUND (SDM 2A): legacy modes only.
#include "cpu/exec/integer.h"
#include "cpu/exec/integer_operands.h"

namespace vireo {
namespace {

PackedFlags adjust_flags(uint8_t al, bool carry, bool adjust) {
  return static_cast<PackedFlags>(result_flags<uint8_t>(al) | (carry ? kPackedCf : 0) |
                                  (adjust ? kPackedAf : 0));
}

template <bool subtract>
Status decimal_adjust(Cpu& cpu, const Op*) {
  const uint8_t old = reg<uint8_t>(cpu, 0);
  const bool old_carry = cpu.flags & kPackedCf;
  uint8_t al = old;
  bool carry = false;
  const bool low = (al & 15) > 9 || (cpu.flags & kPackedAf);
  if (low) {
    carry = old_carry || (subtract ? al < 6 : al > 0xf9);
    al = static_cast<uint8_t>(subtract ? al - 6 : al + 6);
  }
  const bool high = old > 0x99 || old_carry;
  if (high) {
    al = static_cast<uint8_t>(subtract ? al - 0x60 : al + 0x60);
    carry = true;
  } else if (!subtract) {
    carry = false;
  }
  set_reg<uint8_t>(cpu, 0, al);
  cpu.flags = adjust_flags(al, carry, low);
  return Status::kOk;
}

template <bool subtract>
Status ascii_adjust(Cpu& cpu, const Op*) {
  uint16_t ax = reg<uint16_t>(cpu, 0);
  const bool adjust = (ax & 15) > 9 || (cpu.flags & kPackedAf);
  if (adjust) ax = static_cast<uint16_t>(subtract ? ax - 0x106 : ax + 0x106);
  ax &= 0xff0f;
  set_reg<uint16_t>(cpu, 0, ax);
  cpu.flags = adjust_flags(static_cast<uint8_t>(ax), adjust, adjust);
  return Status::kOk;
}

Status aam(Cpu& cpu, const Op* op) {
  const uint8_t base = static_cast<uint8_t>(op->imm);
  if (base == 0) return cpu.raise(kVectorDe);
  const uint8_t al = reg<uint8_t>(cpu, 0);
  set_reg<uint8_t>(cpu, 1, al / base);
  set_reg<uint8_t>(cpu, 0, al % base);
  cpu.flags = result_flags<uint8_t>(al % base);
  return Status::kOk;
}

Status aad(Cpu& cpu, const Op* op) {
  const uint8_t al = static_cast<uint8_t>(reg<uint8_t>(cpu, 0) +
                                          reg<uint8_t>(cpu, 1) * static_cast<uint8_t>(op->imm));
  set_reg<uint16_t>(cpu, 0, al);
  cpu.flags = result_flags<uint8_t>(al);
  return Status::kOk;
}

template <typename T>
Status bound(Cpu& cpu, const Op* op) {
  struct Bounds {
    T lower, upper;
  };
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok) return Status::kFault;
  const Loaded<Bounds> bounds = load<Bounds>(cpu, op, at.va);
  if (!bounds.ok) return Status::kFault;
  const T index = static_cast<T>(reg<std::make_unsigned_t<T>>(cpu, op->dst));
  if (index < bounds.value.lower || index > bounds.value.upper) return cpu.raise(kVectorBr);
  return Status::kOk;
}

}  // namespace

bool emit_bcd(const Insn& insn, Op& op) {
  op.imm = static_cast<int64_t>(insn.imm);
  switch (insn.row->arg) {
    case kDaa: op.fn = &simple_handler<decimal_adjust<false>>; break;
    case kDas: op.fn = &simple_handler<decimal_adjust<true>>; break;
    case kAaa: op.fn = &simple_handler<ascii_adjust<false>>; break;
    case kAas: op.fn = &simple_handler<ascii_adjust<true>>; break;
    case kAam: op.fn = &simple_handler<aam>; break;
    default: op.fn = &simple_handler<aad>; break;
  }
  return true;
}

bool emit_bound(const Insn& insn, Op& op) {
  emit_memory(insn, op);
  op.dst = reg_offset(insn.reg, insn.op_size, true);
  op.fn = insn.op_size == 2 ? &simple_handler<bound<int16_t>> : &simple_handler<bound<int32_t>>;
  return true;
}

}  // namespace vireo
