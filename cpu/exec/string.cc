// MOVS CMPS STOS LODS SCAS, alone and under REP.
//
// A REP instruction runs in parts. A part goes as far as the nearest page end of
// its operands, in one host operation where that gives the same bytes; it ends
// before an index register wraps, and before an element that a segment might not
// allow. Where not even one element is free of all that, and with LODS, a part is
// one element. Each part counts as one retired instruction, and interrupts may
// come between parts (SDM 2B, REP). What a part is depends on architectural state
// alone, never on what the TLB or the block cache hold, so counts repeat exactly.
#include <algorithm>
#include <cstring>

#include "cpu/exec/branch.h"
#include "cpu/exec/integer.h"
#include "cpu/exec/integer_operands.h"
#include "cpu/mmu/ram_span.h"
#include "cpu/trace/insn_recorder.h"
#include "cpu/trace/insn_trace.h"

namespace vireo {
namespace {

enum RepMode : unsigned { kOnce, kRep, kRepne };  // kRep is REPE for CMPS, SCAS

constexpr bool reads_source(unsigned kind) {
  return kind == kMovs || kind == kCmps || kind == kLods;
}
constexpr bool uses_destination(unsigned kind) { return kind != kLods; }
constexpr bool writes(unsigned kind) { return kind == kMovs || kind == kStos; }
constexpr bool compares(unsigned kind) { return kind == kCmps || kind == kScas; }

uint64_t address_mask(const Op* op) {
  return op->addr_size == 8 ? ~uint64_t{0} : op->addr_size == 4 ? 0xffffffff : 0xffff;
}

// Adds to RSI, RDI or RCX as the address size says: 32-bit clears the upper
// half, 16-bit keeps it.
void add_register(Cpu& cpu, const Op* op, unsigned r, int64_t delta) {
  const uint64_t value = cpu.regs[r] + static_cast<uint64_t>(delta);
  if (op->addr_size == 8) cpu.regs[r] = value;
  else if (op->addr_size == 4) cpu.regs[r] = static_cast<uint32_t>(value);
  else cpu.regs[r] = (cpu.regs[r] & ~uint64_t{0xffff}) | (value & 0xffff);
}

uint64_t count_register(const Cpu& cpu, const Op* op) {
  return cpu.regs[kRcx] & address_mask(op);
}

Linear string_linear(Cpu& cpu, const Op* op, unsigned r, uint8_t seg) {
  const uint64_t offset = cpu.regs[r] & address_mask(op);
  if (cpu.code_mode == CodeMode::k64) return {offset + cpu.seg_base[seg], true};
  Op operand = *op;
  operand.seg = seg;
  return legacy_linear(cpu, &operand, offset);
}

// SCAS and CMPS: flags of a - b.
template <typename T>
void compare_flags(Cpu& cpu, T a, T b) {
  PackedFlags f = 0;
  flag_cmp<T>(a, b, f);
  cpu.flags = f;
}

// One element by the ordinary access path. False: a fault is pending, nothing
// has changed.
template <unsigned kind, typename T>
bool one_element(Cpu& cpu, const Op* op) {
  const int64_t step = (cpu.rflags & kFlagDf) ? -static_cast<int64_t>(sizeof(T))
                                              : static_cast<int64_t>(sizeof(T));
  T source = reg<T>(cpu, 0);
  if constexpr (reads_source(kind)) {
    const Linear at = string_linear(cpu, op, kRsi, op->seg);
    if (!at.ok) return false;
    const Loaded<T> v = load<T>(cpu, op, at.va);
    if (!v.ok) return false;
    source = v.value;
  }
  if constexpr (uses_destination(kind)) {
    const Linear at = string_linear(cpu, op, kRdi, kEs);
    if (!at.ok) return false;
    if constexpr (writes(kind)) {
      if (!store<T>(cpu, op, at.va, source)) return false;
    } else {
      const Loaded<T> v = load<T>(cpu, op, at.va);
      if (!v.ok) return false;
      compare_flags<T>(cpu, source, v.value);
    }
    add_register(cpu, op, kRdi, step);
  } else {
    set_reg<T>(cpu, 0, source);
  }
  if constexpr (reads_source(kind)) add_register(cpu, op, kRsi, step);
  return true;
}

// Elements from `offset` to the end (or, backwards, the start) of a range of `size`
// bytes; 0 when the first one already crosses it.
template <typename T>
uint64_t elements_in(uint64_t size, uint64_t offset, bool backwards) {
  if (offset >= size || size - offset < sizeof(T)) return 0;
  return backwards ? offset / sizeof(T) + 1 : (size - offset) / sizeof(T);
}

// Where a string begins, and how many elements follow in its page for which the
// index register need not wrap nor the segment be asked.
struct Stretch {
  uint64_t va;
  uint64_t count;
};
template <typename T>
Stretch stretch_of(const Cpu& cpu, const Op* op, unsigned r, uint8_t seg) {
  const bool backwards = cpu.rflags & kFlagDf;
  const uint64_t offset = cpu.regs[r] & address_mask(op);
  uint64_t va = offset + cpu.seg_base[seg];
  uint64_t free = ~uint64_t{0};
  if (op->addr_size != 8) free = address_mask(op) + 1;
  if (cpu.code_mode != CodeMode::k64) {
    va &= 0xffffffff;
    free = std::min(free, cpu.seg_plain[seg]);
  }
  const uint64_t in_page = elements_in<T>(kPageSize, va & kPageMask, backwards);
  if (free == ~uint64_t{0}) return {va, in_page};
  return {va, std::min(in_page, elements_in<T>(free, offset, backwards))};
}

template <typename T>
void fill_elements(uint8_t* to, T value, uint64_t count, int64_t step) {
  if (sizeof(T) == 1 && step > 0) {
    std::memset(to, value, count);
    return;
  }
  for (uint64_t i = 0; i < count; ++i, to += step) std::memcpy(to, &value, sizeof(T));
}

// Element by element where source and destination overlap in the direction of
// the copy: the guest sees its own earlier writes.
template <typename T>
void copy_elements(uint8_t* to, const uint8_t* from, uint64_t count, int64_t step) {
  const uint64_t bytes = count * sizeof(T);
  const uintptr_t distance = reinterpret_cast<uintptr_t>(to) - reinterpret_cast<uintptr_t>(from);
  if (step > 0 && distance >= bytes) {
    std::memmove(to, from, bytes);
    return;
  }
  for (uint64_t i = 0; i < count; ++i, to += step, from += step) {
    T value;
    std::memcpy(&value, from, sizeof(T));
    std::memcpy(to, &value, sizeof(T));
  }
}

// Compares until the condition of `rep` ends it; returns how many elements were
// compared. Flags are of the last.
template <typename T>
uint64_t compare_elements(Cpu& cpu, const uint8_t* a, int64_t a_step, const uint8_t* b,
                          int64_t b_step, uint64_t count, bool while_equal) {
  T x{}, y{};
  uint64_t done = 0;
  while (done < count) {
    std::memcpy(&x, a, sizeof(T));
    std::memcpy(&y, b, sizeof(T));
    ++done;
    if ((x == y) != while_equal) break;
    a += a_step;
    b += b_step;
  }
  compare_flags<T>(cpu, x, y);
  return done;
}

struct Part {
  uint64_t done = 0;   // elements; 0 with ok: this part must go by one element
  bool ok = true;      // false: a fault is pending
  bool wrote_code = false;
};

// A whole part on host memory. Both spans are within one page each.
template <unsigned kind, typename T>
Part bulk_part(Cpu& cpu, const Op* op, bool while_equal) {
  const bool backwards = cpu.rflags & kFlagDf;
  const int64_t step = backwards ? -static_cast<int64_t>(sizeof(T))
                                 : static_cast<int64_t>(sizeof(T));
  const Stretch to = stretch_of<T>(cpu, op, kRdi, kEs);
  uint64_t count = std::min(count_register(cpu, op), to.count);
  Stretch from{};
  if constexpr (reads_source(kind)) {
    from = stretch_of<T>(cpu, op, kRsi, op->seg);
    count = std::min(count, from.count);
  }
  if (count == 0) return {};

  RamSpan source, dest;
  if constexpr (reads_source(kind)) {
    source = ram_span(cpu, op, from.va, Access::kRead);
    if (source.kind == RamSpan::Kind::kFault) return {0, false, false};
    if (source.kind == RamSpan::Kind::kDevice) return {};
  }
  dest = ram_span(cpu, op, to.va, writes(kind) ? Access::kWrite : Access::kRead);
  if (dest.kind == RamSpan::Kind::kFault) return {0, false, false};
  if (dest.kind == RamSpan::Kind::kDevice) return {};

  const auto touched = [&](uint64_t va, uint64_t elements) {
    return backwards ? va - (elements - 1) * sizeof(T) : va;
  };
  if (VIREO_UNLIKELY(cpu.watches_data())) {
    const uint64_t bytes = count * sizeof(T);
    if (!cpu.span_allowed(touched(to.va, count), bytes, writes(kind))) return {0, false, false};
    if (reads_source(kind) && !cpu.span_allowed(touched(from.va, count), bytes, false)) {
      return {0, false, false};
    }
  }

  Part part{count, true, false};
  if constexpr (kind == kMovs) copy_elements<T>(dest.host, source.host, count, step);
  else if constexpr (kind == kStos) fill_elements<T>(dest.host, reg<T>(cpu, 0), count, step);
  else if constexpr (kind == kCmps)
    part.done = compare_elements<T>(cpu, source.host, step, dest.host, step, count, while_equal);
  else {
    const T value = reg<T>(cpu, 0);
    part.done = compare_elements<T>(cpu, reinterpret_cast<const uint8_t*>(&value), 0, dest.host,
                                    step, count, while_equal);
  }
  if (VIREO_UNLIKELY(cpu.watches_data())) {
    const uint64_t bytes = part.done * sizeof(T);
    if (reads_source(kind)) cpu.span_accessed(touched(from.va, part.done), bytes, false);
    cpu.span_accessed(touched(to.va, part.done), bytes, writes(kind));
  }
  const int64_t moved = static_cast<int64_t>(part.done) * step;
  if constexpr (reads_source(kind)) add_register(cpu, op, kRsi, moved);
  add_register(cpu, op, kRdi, moved);
  // Backwards the first element is the highest.
  const uint64_t bytes = count * sizeof(T);
  const uint64_t below = backwards ? bytes - sizeof(T) : 0;
  if (writes(kind) && InsnTrace::recording()) {
    InsnTrace::recorder().store_bytes(to.va - below, dest.host - below, bytes);
  }
  if (writes(kind) && dest.holds_code) {
    cpu.memory().tell_code_written(GuestAddr{dest.physical.value - below}, bytes);
    part.wrote_code = true;
  }
  return part;
}

// The next part, counted down in rCX.
template <unsigned kind, typename T>
Part next_part(Cpu& cpu, const Op* op, bool while_equal) {
  Part part;
  if constexpr (uses_destination(kind)) {
    // Something looks at each iteration.
    const bool watched = (cpu.rflags & kFlagTf) || cpu.checks_alignment();
    if (!watched) part = bulk_part<kind, T>(cpu, op, while_equal);
  }
  if (part.ok && part.done == 0) {
    part.ok = one_element<kind, T>(cpu, op);
    part.done = part.ok;
  }
  if (part.ok) add_register(cpu, op, kRcx, -static_cast<int64_t>(part.done));
  return part;
}

template <unsigned kind, typename T>
VIREO_HANDLER string_once(Cpu& cpu, const Op* op) {
  if (VIREO_UNLIKELY(!(one_element<kind, T>(cpu, op)))) VIREO_FAULT();
  VIREO_NEXT();
}

template <unsigned kind, typename T, unsigned rep>
VIREO_HANDLER string_rep(Cpu& cpu, const Op* op) {
  constexpr bool while_equal = rep == kRep;
  if (count_register(cpu, op) == 0) VIREO_NEXT();
  for (bool begun = false;; begun = true) {
    const Part part = next_part<kind, T>(cpu, op, while_equal);
    if (VIREO_UNLIKELY(!part.ok)) {
      if (begun) cpu.between_iterations = true;
      VIREO_FAULT();
    }
    bool finished = count_register(cpu, op) == 0;
    if constexpr (compares(kind)) {
      finished |= static_cast<bool>(cpu.flags & kPackedZf) != while_equal;
    }
    // The rest of this very block may be what was overwritten.
    if (VIREO_UNLIKELY(part.wrote_code)) {
      if (finished) VIREO_TAIL(leave_after);
      VIREO_TAIL(leave_repeat);
    }
    if (finished) VIREO_NEXT();
    // Recorded, each part is a step of its own.
    if (cpu.budget == 0 || InsnTrace::recording()) VIREO_TAIL(leave_repeat);
    --cpu.budget;
  }
}

}  // namespace

bool emit_string(const Insn& insn, Op& op) {
  op.seg = insn.seg;
  op.addr_size = insn.addr_size;
  const unsigned rep = insn.repne ? kRepne : insn.rep ? kRep : kOnce;
  op.fn = by_value<5>(insn.row->arg, [&](auto kind) {
    return by_size(insn.op_size, [&](auto type) -> Handler {
      using T = decltype(type);
      if (rep == kOnce) return &string_once<kind(), T>;
      if (rep == kRep) return &string_rep<kind(), T, kRep>;
      return &string_rep<kind(), T, kRepne>;
    });
  });
  return true;
}

}  // namespace vireo
