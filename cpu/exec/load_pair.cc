// Where the second instruction of a pair needs its slow path it gets an op of its own, so that
// whatever it meets is at its place.
#include "cpu/exec/load_pair.h"

#include "cpu/exec/pair.h"

namespace vireo::pairs {
namespace {

// Of the second instruction: the register that it writes, for all; the first one's length where
// a load is second; and of two loads the second one's segment and displacement.
constexpr auto kSecondDst = &Op::aux;
constexpr auto kFirstLength = &Op::addr_size;

int64_t packed(uint8_t seg, int32_t disp) {
  return int64_t{seg} << 32 | static_cast<uint32_t>(disp);
}
uint8_t packed_seg(int64_t imm) { return static_cast<uint8_t>(imm >> 32); }
int32_t packed_disp(int64_t imm) { return static_cast<int32_t>(imm); }

// The second of two instructions as an op.
Op second_of(const Op* op, bool behind_load) {
  Op second = *op;
  second.ip = static_cast<uint16_t>(op->ip + op->*kFirstLength);
  second.len = static_cast<uint8_t>(op->len - op->*kFirstLength);
  second.remaining = static_cast<uint8_t>(op->remaining - 1);
  second.dst = op->*kSecondDst;
  if (!behind_load) return second;
  second.base = op->src;
  second.seg = packed_seg(op->imm);
  second.disp = packed_disp(op->imm);
  return second;
}

template <typename Load, bool behind_load>
VIREO_HANDLER second_slowly(Cpu& cpu, const Op* op) {
  const Op second = second_of(op, behind_load);
  if (Load::run(cpu, &second, second.dst)) VIREO_NEXT();
  stop_before(cpu, second);
  VIREO_LEAVE();
}

template <typename Load, typename Second>
VIREO_HANDLER load_and(Cpu& cpu, const Op* op) {
  if (VIREO_UNLIKELY(!Load::run(cpu, op, op->dst))) VIREO_FAULT();
  Second::run(cpu, op->*kSecondDst, op->src, op->imm);
  VIREO_NEXT();
}

template <typename First, typename Load>
VIREO_HANDLER and_load(Cpu& cpu, const Op* op) {
  First::run(cpu, op->dst, op->src, op->imm);
  const uint64_t va = linear<Load::form>(cpu, op).va;
  if (VIREO_LIKELY(Load::run_fast(cpu, va, op->*kSecondDst))) VIREO_NEXT();
  VIREO_TAIL((second_slowly<Load, false>));
}

template <typename First, typename Second>
VIREO_HANDLER load_and_load(Cpu& cpu, const Op* op) {
  if (VIREO_UNLIKELY(!First::run(cpu, op, op->dst))) VIREO_FAULT();
  uint64_t va = reg<uint64_t>(cpu, op->src) + static_cast<uint64_t>(int64_t{packed_disp(op->imm)});
  if (Second::form == Form::kFlat32Base) va = static_cast<uint32_t>(va);
  if (VIREO_LIKELY(Second::run_fast(cpu, va, op->*kSecondDst))) VIREO_NEXT();
  VIREO_TAIL((second_slowly<Second, true>));
}

template <typename First, typename Second>
struct LoadFirst {
  static constexpr Handler kHandler = &load_and<First, Second>;
};
template <typename First, typename Second>
struct LoadSecond {
  static constexpr Handler kHandler = &and_load<First, Second>;
};
constexpr bool has_index(Form form) { return form == Form::kSib || form == Form::kFlat32; }
template <typename First, typename Second>
struct TwoLoads {
  static constexpr Handler kHandler = [] {
    if constexpr (has_index(First::form) || has_index(Second::form))
      return Handler{nullptr};
    else
      return Handler{&load_and_load<First, Second>};
  }();
};

void take_address(Op& op, const Op& load) {
  op.base = load.base;
  op.index = load.index;
  op.scale = load.scale;
  op.seg = load.seg;
  op.disp = load.disp;
}

Handler load_first(const Place& first, const Place& second) {
  const bool wide = second.list == List::kRegisters64;
  if (first.list == List::kLoads64) {
    return wide ? Table<LoadFirst, Loads64, Registers<uint64_t>>::at(first, second)
                : Table<LoadFirst, Loads64, Registers<uint32_t>>::at(first, second);
  }
  return wide ? nullptr : Table<LoadFirst, Loads32, Registers<uint32_t>>::at(first, second);
}

Handler load_second(const Place& first, const Place& second) {
  const bool wide = first.list == List::kRegisters64;
  if (second.list == List::kLoads64) {
    return wide ? Table<LoadSecond, Registers<uint64_t>, Loads64>::at(first, second)
                : Table<LoadSecond, Registers<uint32_t>, Loads64>::at(first, second);
  }
  return wide ? nullptr : Table<LoadSecond, Registers<uint32_t>, Loads32>::at(first, second);
}

Handler two_loads(const Place& first, const Place& second) {
  if (first.list != second.list) return nullptr;
  return first.list == List::kLoads64 ? Table<TwoLoads, Loads64, Loads64>::at(first, second)
                                      : Table<TwoLoads, Loads32, Loads32>::at(first, second);
}

}  // namespace

bool pair_load_first(Op& first, const Op& second, const Place& a, const Place& b) {
  const Handler fn = load_first(a, b);
  if (fn == nullptr) return false;
  first.fn = fn;
  first.*kSecondDst = second.dst;
  first.src = second.src;
  first.imm = second.imm;
  return true;
}

bool pair_load_second(Op& first, const Op& second, const Place& a, const Place& b) {
  const Handler fn = load_second(a, b);
  if (fn == nullptr) return false;
  first.fn = fn;
  first.*kSecondDst = second.dst;
  first.*kFirstLength = first.len;
  take_address(first, second);
  return true;
}

bool pair_loads(Op& first, const Op& second, const Place& a, const Place& b) {
  const Handler fn = two_loads(a, b);
  if (fn == nullptr) return false;
  first.fn = fn;
  first.*kSecondDst = second.dst;
  first.*kFirstLength = first.len;
  first.src = second.base;
  first.imm = packed(second.seg, second.disp);
  return true;
}

}  // namespace vireo::pairs
