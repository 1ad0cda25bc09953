#include "cpu/trace/trace_meaning.h"

#include "cpu/exec/alu_semantics.h"

namespace vireo {
namespace {

uint64_t sign_extended(uint64_t value, unsigned bytes) {
  const unsigned shift = 64 - 8 * bytes;
  return static_cast<uint64_t>(static_cast<int64_t>(value << shift) >> shift);
}

uint64_t address_part(const TraceMeant& meant, unsigned number, const TraceRegisters& registers) {
  if (number < 16) return registers[number];
  if (number == kRipPageReg) return meant.rip & ~uint64_t{0xfff};
  return number == kTwoPagesReg ? 8192 : 0;
}

uint64_t operand_address(const TraceMeant& meant, const TraceRegisters& registers) {
  const Insn& insn = meant.insn;
  const uint64_t address = address_part(meant, insn.base, registers) +
                           (address_part(meant, insn.index, registers) << insn.scale) +
                           static_cast<uint64_t>(static_cast<int64_t>(insn.disp));
  return insn.addr_size == 8 ? address : address & size_mask(insn.addr_size);
}

uint64_t source_value(const TraceMeant& meant, uint8_t source, const TraceRegisters& registers) {
  if (source < 16) return registers[source];
  return source == kFromImmediate ? meant.insn.imm : meant.rip + meant.insn.len;
}

template <typename T>
T alu_result(unsigned kind, T a, T b, PackedFlags& f) {
  switch (kind) {
    case kAluAdd: return alu<kAluAdd, true, T>(a, b, f);
    case kAluOr: return alu<kAluOr, true, T>(a, b, f);
    case kAluAdc: return alu<kAluAdc, true, T>(a, b, f);
    case kAluSbb: return alu<kAluSbb, true, T>(a, b, f);
    case kAluAnd: return alu<kAluAnd, true, T>(a, b, f);
    case kAluSub: return alu<kAluSub, true, T>(a, b, f);
    case kAluXor: return alu<kAluXor, true, T>(a, b, f);
    default: return alu<kAluCmp, true, T>(a, b, f);
  }
}

// The result in the operand's size, and the flags.
template <typename T>
uint64_t result_of(const TraceMeant& meant, uint64_t before, uint64_t source, PackedFlags& f) {
  const TraceEffects& e = meant.effects;
  const T a = static_cast<T>(before), b = static_cast<T>(source);
  switch (e.meaning) {
    case TraceMeaning::kAlu: return alu_result<T>(e.alu, a, b, f);
    case TraceMeaning::kTest:
      f = flag_logic<T>(static_cast<T>(a & b));
      return a;
    case TraceMeaning::kIncrement: return flag_inc<T>(a, f);
    case TraceMeaning::kDecrement: return flag_dec<T>(a, f);
    case TraceMeaning::kNegate: return flag_sub<T>(T{0}, a, f);
    case TraceMeaning::kInvert: return static_cast<T>(~a);
    case TraceMeaning::kZeroExtend: return static_cast<T>(source & size_mask(e.source_size));
    case TraceMeaning::kSignExtend: return static_cast<T>(sign_extended(source, e.source_size));
    default: return b;
  }
}

uint64_t sized_result(const TraceMeant& meant, uint64_t before, uint64_t source, PackedFlags& f) {
  switch (meant.effects.size) {
    case 1: return result_of<uint8_t>(meant, before, source, f);
    case 2: return result_of<uint16_t>(meant, before, source, f);
    case 4: return result_of<uint32_t>(meant, before, source, f);
    default: return result_of<uint64_t>(meant, before, source, f);
  }
}

bool keeps_register(const TraceEffects& e) {
  return e.meaning == TraceMeaning::kTest ||
         (e.meaning == TraceMeaning::kAlu && e.alu == kAluCmp);
}

}  // namespace

uint64_t meant_address(const TraceMeant& meant, const TraceRegisters& registers) {
  const int32_t stack = meant.effects.stack;
  if (stack != 0) return registers[kRsp] + static_cast<uint64_t>(int64_t{stack});
  return operand_address(meant, registers);
}

uint64_t meant_value(const TraceMeant& meant, const TraceRegisters& registers) {
  return source_value(meant, meant.effects.store_source, registers) &
         size_mask(meant.effects.store);
}

void do_meaning(const TraceMeant& meant, TraceRegisters& registers) {
  const TraceEffects& e = meant.effects;
  registers[kRsp] += static_cast<uint64_t>(int64_t{e.stack});
  if (e.meaning == TraceMeaning::kNone) return;
  const uint64_t source = e.meaning == TraceMeaning::kAddress
                              ? operand_address(meant, registers)
                              : source_value(meant, e.source, registers);
  uint64_t& flags = registers[kTraceFlags];
  PackedFlags packed = pack_flags(flags);
  const uint64_t before = registers[e.dst];
  const uint64_t result = sized_result(meant, before, source, packed);
  flags = (flags & ~kArithFlags) | unpack_flags(packed);
  if (keeps_register(e)) return;
  // 32-bit results clear the upper half (SDM 1, 3.4.1.1).
  const uint64_t kept = e.size < 4 ? before & ~size_mask(e.size) : 0;
  registers[e.dst] = kept | result;
}

}  // namespace vireo
