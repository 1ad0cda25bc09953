#include "cpu/trace/trace_effects.h"

#include "cpu/exec/integer.h"

namespace vireo {
namespace {

constexpr uint8_t kNoRegister = 255;

unsigned group_of(const Insn& insn) { return insn.modrm >> 3 & 7; }

uint8_t opcode_register(const Insn& insn) {
  return static_cast<uint8_t>((insn.opcode & 7) | (insn.rex & 1) << 3);
}

// AH to BH: second bytes of the first four registers.
bool high_byte(const Insn& insn, unsigned number, unsigned size) {
  return size == 1 && insn.rex == 0 && number >= 4;
}

bool in_64(const Insn& insn) { return insn.mode == CodeMode::k64; }

// The linear address follows from general registers alone.
bool address_follows(const Insn& insn) {
  return in_64(insn) && insn.seg != kFs && insn.seg != kGs;
}

// Collects the effects of one instruction.
class Effects {
 public:
  explicit Effects(const Insn& insn) : insn_(insn) {}
  TraceEffects take();

 private:
  void one_byte();
  void arithmetic(unsigned kind, unsigned form);
  void immediate_group();
  void test();
  void move();
  void stack();
  void unary_group();
  void call_group();
  void step_group();
  void exchange();
  void two_bytes();
  void extend(unsigned from, bool sign);
  void bits();
  void simple();

  void tell(unsigned number, unsigned size);
  void tell_operand() { tell(insn_.rm, insn_.op_size); }
  void tell_flags() { e_.told_flags = true; }
  void store(unsigned size);
  void store_from(uint8_t source);
  // The meaning, or where an operand is a high byte, the result.
  void mean(TraceMeaning meaning, uint8_t dst, uint8_t source, bool result, bool flags);
  void to_operand(TraceMeaning meaning, uint8_t source, bool result, bool flags);
  void push(uint8_t source);
  void pop(uint8_t dst);
  void call();
  void take_any() { e_.regular = true; }
  bool wide_stack() const { return in_64(insn_) && insn_.op_size == 8; }

  const Insn& insn_;
  TraceEffects e_;
};

void Effects::tell(unsigned number, unsigned size) {
  if (high_byte(insn_, number, size)) number -= 4;
  e_.told = static_cast<uint16_t>(e_.told | 1u << number);
  take_any();
}

void Effects::store(unsigned size) {
  e_.store = static_cast<uint8_t>(size);
  e_.told_address = !address_follows(insn_);
  e_.told_value = true;
  take_any();
}

void Effects::store_from(uint8_t source) {
  store(insn_.op_size);
  e_.store_source = source;
  e_.told_value = source == kNoRegister ||
                  (source < 16 && high_byte(insn_, source, insn_.op_size));
}

void Effects::mean(TraceMeaning meaning, uint8_t dst, uint8_t source, bool result, bool flags) {
  const unsigned size = insn_.op_size;
  take_any();
  if (high_byte(insn_, dst, size) || (source < 16 && high_byte(insn_, source, size))) {
    if (result) tell(dst, size);
    e_.told_flags = flags;
    return;
  }
  e_.meaning = meaning;
  e_.size = static_cast<uint8_t>(size);
  e_.dst = dst;
  e_.source = source;
}

// Operand r/m: what is done to memory is told.
void Effects::to_operand(TraceMeaning meaning, uint8_t source, bool result, bool flags) {
  if (!insn_.memory()) return mean(meaning, insn_.rm, source, result, flags);
  if (result) store(insn_.op_size);
  e_.told_flags = flags;
  take_any();
}

void Effects::arithmetic(unsigned kind, unsigned form) {
  const bool result = kind != kAluCmp;
  e_.alu = static_cast<uint8_t>(kind);
  if (form >= 4) return mean(TraceMeaning::kAlu, kRax, kFromImmediate, result, true);
  if (form < 2) return to_operand(TraceMeaning::kAlu, insn_.reg, result, true);
  if (!insn_.memory()) return mean(TraceMeaning::kAlu, insn_.reg, insn_.rm, result, true);
  if (result) tell(insn_.reg, insn_.op_size);
  tell_flags();
  take_any();
}

void Effects::immediate_group() {
  e_.alu = static_cast<uint8_t>(group_of(insn_));
  to_operand(TraceMeaning::kAlu, kFromImmediate, e_.alu != kAluCmp, true);
}

void Effects::test() {
  const bool fixed = insn_.opcode >= 0xa8 && insn_.opcode <= 0xa9;
  if (fixed) return mean(TraceMeaning::kTest, kRax, kFromImmediate, false, true);
  const bool immediate = insn_.opcode >= 0xf6;
  to_operand(TraceMeaning::kTest, immediate ? kFromImmediate : insn_.reg, false, true);
}

void Effects::move() {
  const uint8_t opcode = insn_.opcode;
  if (opcode >= 0xb0 && opcode <= 0xbf) {
    return mean(TraceMeaning::kMove, opcode_register(insn_), kFromImmediate, true, false);
  }
  if (opcode == 0x8a || opcode == 0x8b) {
    if (insn_.memory()) return tell(insn_.reg, insn_.op_size);
    return mean(TraceMeaning::kMove, insn_.reg, insn_.rm, true, false);
  }
  const bool immediate = opcode >= 0xc6;
  if (immediate && group_of(insn_) != 0) return;
  const uint8_t source = immediate ? kFromImmediate : insn_.reg;
  if (insn_.memory()) return store_from(source);
  mean(TraceMeaning::kMove, insn_.rm, source, true, false);
}

void Effects::push(uint8_t source) {
  store_from(source);
  e_.told_address = !wide_stack();
  if (wide_stack()) e_.stack = -8;
  else tell(kRsp, 8);
}

void Effects::pop(uint8_t dst) {
  tell(dst, 8);
  if (wide_stack() && dst != kRsp) e_.stack = 8;
  else tell(kRsp, 8);
}

// Elsewhere RSP must be told, which the end of a block cannot.
void Effects::call() {
  if (wide_stack()) push(kFromNextRip);
}

void Effects::stack() {
  const uint8_t opcode = insn_.opcode;
  if (opcode < 0x58) return push(opcode_register(insn_));
  if (opcode < 0x60) return pop(opcode_register(insn_));
  if (opcode == 0x68 || opcode == 0x6a) return push(kFromImmediate);
  if (opcode == 0xc9) {
    tell(kRsp, 8);
    return tell(kRbp, 8);
  }
  if (opcode == 0xe8) return call();
  if (!wide_stack()) return;
  take_any();
  e_.stack = 8 + (opcode == 0xc2 ? static_cast<int32_t>(insn_.imm & 0xffff) : 0);
}

// F6 and F7.
void Effects::unary_group() {
  switch (group_of(insn_)) {
    case 0: case 1: return test();
    case 2: return to_operand(TraceMeaning::kInvert, kFromImmediate, true, false);
    case 3: return to_operand(TraceMeaning::kNegate, kFromImmediate, true, true);
    default: break;
  }
  tell(kRax, 8);
  tell(kRdx, 8);
  tell_flags();
}

void Effects::step_group() {
  const bool down = insn_.mode != CodeMode::k64 && insn_.opcode < 0x50 ? insn_.opcode >= 0x48
                                                                       : group_of(insn_) == 1;
  const TraceMeaning meaning = down ? TraceMeaning::kDecrement : TraceMeaning::kIncrement;
  if (insn_.opcode < 0x50) {
    return mean(meaning, opcode_register(insn_), kFromImmediate, true, true);
  }
  to_operand(meaning, kFromImmediate, true, true);
}

// FE and FF.
void Effects::call_group() {
  const unsigned group = group_of(insn_);
  if (group < 2) return step_group();
  if (insn_.opcode == 0xfe) return;
  if (group == 2) return call();
  if (group == 4) return take_any();
  if (group == 6) push(insn_.memory() ? kNoRegister : insn_.rm);
}

void Effects::exchange() {
  if (insn_.opcode >= 0x90) {
    const uint8_t other = opcode_register(insn_);
    take_any();
    if (other == kRax) return;
    tell(kRax, 8);
    return tell(other, 8);
  }
  if (insn_.memory()) store(insn_.op_size);
  else tell_operand();
  tell(insn_.reg, insn_.op_size);
}

void Effects::simple() {
  switch (insn_.opcode) {
    case 0x63:  // MOVSXD
      if (in_64(insn_)) extend(4, true);
      return;
    case 0x69: case 0x6b:
      tell_flags();
      return tell(insn_.reg, 8);
    case 0x8d:
      if (!in_64(insn_) || insn_.op_size == 2) return tell(insn_.reg, 8);
      return mean(TraceMeaning::kAddress, insn_.reg, kFromImmediate, true, false);
    case 0x98: case 0xa0: case 0xa1: return tell(kRax, 8);
    case 0x99: return tell(kRdx, 8);
    case 0xa2: case 0xa3:
      store(insn_.op_size);
      e_.told_address = true;
      return;
    case 0xf5: case 0xf8: case 0xf9: case 0xfc: case 0xfd:
      tell_flags();
      return take_any();
    default:
      break;
  }
}

void Effects::one_byte() {
  const uint8_t opcode = insn_.opcode;
  if (opcode < 0x40 && (opcode & 7) < 6) return arithmetic(opcode >> 3, opcode & 7);
  if (opcode >= 0x40 && opcode < 0x50) return step_group();
  if (opcode >= 0x50 && opcode < 0x60) return stack();
  if (opcode >= 0x70 && opcode < 0x80) return take_any();
  if (opcode >= 0x80 && opcode < 0x84) return immediate_group();
  if (opcode == 0x84 || opcode == 0x85) return test();
  if (opcode == 0x86 || opcode == 0x87) return exchange();
  if (opcode >= 0x88 && opcode < 0x8c) return move();
  if (opcode >= 0x90 && opcode < 0x98) return exchange();
  if (opcode == 0xa8 || opcode == 0xa9) return test();
  if (opcode >= 0xb0 && opcode < 0xc0) return move();
  const bool shift = opcode == 0xc0 || opcode == 0xc1 || (opcode >= 0xd0 && opcode < 0xd4);
  if (shift) {
    if (insn_.memory()) return;  // a count of 0 stores nothing
    tell_flags();
    return tell_operand();
  }
  switch (opcode) {
    case 0x68: case 0x6a: case 0xc2: case 0xc3: case 0xc9: case 0xe8: return stack();
    case 0xc6: case 0xc7: return move();
    case 0xe9: case 0xeb: return take_any();
    case 0xf6: case 0xf7: return unary_group();
    case 0xfe: case 0xff: return call_group();
    default: return simple();
  }
}

void Effects::extend(unsigned from, bool sign) {
  if (insn_.memory() || insn_.op_size < from || high_byte(insn_, insn_.rm, from)) {
    return tell(insn_.reg, 8);
  }
  take_any();
  e_.meaning = sign ? TraceMeaning::kSignExtend : TraceMeaning::kZeroExtend;
  e_.size = insn_.op_size;
  e_.source_size = static_cast<uint8_t>(from);
  e_.dst = insn_.reg;
  e_.source = insn_.rm;
}

// Bit tests; those that change memory may do so far from their operand.
void Effects::bits() {
  const bool looks = insn_.opcode == 0xa3 || (insn_.opcode == 0xba && group_of(insn_) == 4);
  if (!looks && insn_.memory()) return;
  if (!looks) tell_operand();
  tell_flags();
  take_any();
}

void Effects::two_bytes() {
  const uint8_t opcode = insn_.opcode;
  if (opcode == 0x0d || (opcode >= 0x18 && opcode < 0x20)) return take_any();
  if (opcode >= 0x40 && opcode < 0x50) return tell(insn_.reg, 8);
  if (opcode >= 0x80 && opcode < 0x90) return take_any();
  if (opcode >= 0x90 && opcode < 0xa0) return insn_.memory() ? store(1) : tell(insn_.rm, 1);
  if (opcode >= 0xc8 && opcode < 0xd0) return tell(opcode_register(insn_), 8);
  switch (opcode) {
    case 0x31:
      tell(kRax, 8);
      return tell(kRdx, 8);
    case 0xa3: case 0xab: case 0xb3: case 0xba: case 0xbb: return bits();
    case 0xa4: case 0xa5: case 0xac: case 0xad:
      if (insn_.memory()) return;
      tell_flags();
      return tell_operand();
    case 0xaf: case 0xb8: case 0xbc: case 0xbd:
      tell_flags();
      return tell(insn_.reg, 8);
    case 0xb6: case 0xb7: return extend(opcode == 0xb6 ? 1 : 2, false);
    case 0xbe: case 0xbf: return extend(opcode == 0xbe ? 1 : 2, true);
    case 0xc3: return store(insn_.op_size == 8 ? 8 : 4);  // MOVNTI
    default: break;
  }
}

TraceEffects Effects::take() {
  if (insn_.vex) return {};
  if (insn_.row->map == 0) one_byte();
  if (insn_.row->map == 1) two_bytes();
  // Nothing can be recorded behind an instruction that ends its block.
  const bool ends = (insn_.row->attributes & kAttrEnds) != 0;
  if (!e_.regular || (ends && e_.results() != 0)) return {};
  return e_;
}

}  // namespace

TraceEffects effects_of(const Insn& insn) { return Effects(insn).take(); }

}  // namespace vireo
