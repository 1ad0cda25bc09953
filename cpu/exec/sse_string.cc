// SSE4.2 string compares PCMPxSTRx (SDM 1, 12.10.2 and SDM 2B 4.1). The words of
// the manual: "control" is the immediate, IntRes1 and IntRes2 are the raw and the
// final bit mask, one bit for each element of the second operand.
#include "cpu/exec/avx_handler.h"
#include "cpu/exec/sse_lanes.h"

namespace vireo {
namespace {

enum Aggregation : unsigned { kEqualAny, kRanges, kEqualEach, kEqualOrdered };

// Elements widened, so that one piece of code serves the four formats.
struct Text {
  std::array<int32_t, 16> elements;
  unsigned count;   // 16 or 8
  unsigned length;  // valid elements

  bool valid(unsigned i) const { return i < length; }
};

template <typename T>
Text widen(__m128i v) {
  Text text{};
  const auto in = to_lanes<T>(v);
  text.count = static_cast<unsigned>(in.size());
  for (unsigned i = 0; i < in.size(); ++i) text.elements[i] = in[i];
  return text;
}

Text text_of(__m128i v, unsigned control) {
  switch (control & 3) {
    case 0: return widen<uint8_t>(v);
    case 1: return widen<uint16_t>(v);
    case 2: return widen<int8_t>(v);
    default: return widen<int16_t>(v);
  }
}

unsigned implicit_length(const Text& text) {
  unsigned length = 0;
  while (length < text.count && text.elements[length] != 0) ++length;
  return length;
}

// The magnitude of a register, at most the number of elements.
unsigned explicit_length(const Text& text, uint64_t value, bool wide) {
  const int64_t number = wide ? static_cast<int64_t>(value) : static_cast<int32_t>(value);
  const uint64_t magnitude = number < 0 ? 0 - static_cast<uint64_t>(number) : number;
  return magnitude > text.count ? text.count : static_cast<unsigned>(magnitude);
}

bool equal_any(const Text& set, const Text& text, unsigned j) {
  if (!text.valid(j)) return false;
  for (unsigned i = 0; i < set.length; ++i) {
    if (set.elements[i] == text.elements[j]) return true;
  }
  return false;
}

bool in_ranges(const Text& ranges, const Text& text, unsigned j) {
  if (!text.valid(j)) return false;
  const int32_t value = text.elements[j];
  for (unsigned i = 0; i + 1 < ranges.length; i += 2) {
    if (ranges.elements[i] <= value && value <= ranges.elements[i + 1]) return true;
  }
  return false;
}

bool equal_each(const Text& a, const Text& b, unsigned j) {
  if (a.valid(j) && b.valid(j)) return a.elements[j] == b.elements[j];
  return a.valid(j) == b.valid(j);
}

// Whether `needle` stands at j, as far as the register shows.
bool equal_ordered(const Text& needle, const Text& text, unsigned j) {
  for (unsigned i = 0; i + j < text.count && needle.valid(i); ++i) {
    if (!text.valid(i + j) || needle.elements[i] != text.elements[i + j]) return false;
  }
  return true;
}

bool matches(const Text& a, const Text& b, unsigned aggregation, unsigned j) {
  switch (aggregation) {
    case kEqualAny: return equal_any(a, b, j);
    case kRanges: return in_ranges(a, b, j);
    case kEqualEach: return equal_each(a, b, j);
    default: return equal_ordered(a, b, j);
  }
}

unsigned int_res2(const Text& a, const Text& b, unsigned control) {
  unsigned result = 0;
  for (unsigned j = 0; j < b.count; ++j) {
    bool bit = matches(a, b, control >> 2 & 3, j);
    const bool negative = control & 0x10, only_valid = control & 0x20;
    if (negative && (!only_valid || b.valid(j))) bit = !bit;
    result |= static_cast<unsigned>(bit) << j;
  }
  return result;
}

PackedFlags flags_of(const Text& a, const Text& b, unsigned result) {
  unsigned flags = 0;
  if (result != 0) flags |= kPackedCf;
  if (b.length < b.count) flags |= kPackedZf;
  if (a.length < a.count) flags |= kPackedSf;
  if (result & 1) flags |= kPackedOf;
  return static_cast<PackedFlags>(flags);
}

unsigned index_of(unsigned result, unsigned count, bool most_significant) {
  if (result == 0) return count;
  return most_significant ? 31 - static_cast<unsigned>(std::countl_zero(result))
                          : static_cast<unsigned>(std::countr_zero(result));
}

__m128i mask_of(unsigned result, unsigned count, bool expand) {
  if (!expand) return _mm_cvtsi32_si128(static_cast<int>(result));
  Lanes<uint8_t> out{};
  const unsigned bytes = 16 / count;
  for (unsigned i = 0; i < 16; ++i) out[i] = result >> (i / bytes) & 1 ? 0xff : 0;
  return from_lanes<uint8_t>(out);
}

// op->aux: lengths are 64 bits wide.
template <bool implicit, bool to_index, bool vex>
struct StringCompare : VecSourceOperand<VecSource::kUnaligned> {
  using Gate = std::conditional_t<vex, AvxGate, SseGate>;
  static constexpr bool kFloat = false;
  static void apply(Cpu& cpu, const Op* op, __m128i s) {
    const unsigned control = static_cast<unsigned>(op->imm);
    Text a = text_of(vec(cpu, op->dst), control), b = text_of(s, control);
    a.length = implicit ? implicit_length(a) : explicit_length(a, cpu.regs[kRax], op->aux);
    b.length = implicit ? implicit_length(b) : explicit_length(b, cpu.regs[kRdx], op->aux);
    const unsigned result = int_res2(a, b, control);
    cpu.flags = flags_of(a, b, result);
    const bool option = control & 0x40;
    if (to_index) cpu.regs[kRcx] = index_of(result, b.count, option);
    else if (vex) set_xmm(cpu, 0, mask_of(result, b.count, option));
    else set_vec(cpu, 0, mask_of(result, b.count, option));
  }
};

template <bool vex>
VecHandlers string_handlers(unsigned arg) {
  switch (arg) {
    case kPcmpestrm: return vec_handlers<StringCompare<false, false, vex>>();
    case kPcmpestri: return vec_handlers<StringCompare<false, true, vex>>();
    case kPcmpistrm: return vec_handlers<StringCompare<true, false, vex>>();
    default: return vec_handlers<StringCompare<true, true, vex>>();
  }
}

}  // namespace

bool emit_sse_string(const Insn& insn, Op& op) {
  op.aux = (insn.rex & 8) != 0;
  const unsigned arg = insn.row->arg;
  return emit_vec(insn, op, insn.vex ? string_handlers<true>(arg) : string_handlers<false>(arg));
}

}  // namespace vireo
