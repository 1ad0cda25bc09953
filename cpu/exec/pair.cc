#include "cpu/exec/pair.h"

#include <array>
#include <unordered_map>

#include "cpu/exec/register_ops.h"

namespace vireo {
namespace {

template <typename... Body>
struct Bodies {};

// What compilers put side by side, by measurement of kernels and of the marks of tests/bench; of
// one operand size, as nearly all neighbours are.
template <typename T>
using Common =
    Bodies<MovReg<T>, LeaBase<T>, Extend<T, uint8_t>, Extend<T, uint16_t>,
           AluReg<kAluAdd, false, T>, AluReg<kAluAdd, true, T>, AluReg<kAluSub, false, T>,
           AluReg<kAluSub, true, T>, AluReg<kAluXor, false, T>, AluReg<kAluXor, true, T>,
           AluReg<kAluAnd, false, T>, AluReg<kAluOr, false, T>, AluReg<kAluAdc, true, T>,
           AluReg<kAluCmp, true, T>, AluImm<kAluAdd, false, T>, AluImm<kAluAdd, true, T>,
           AluImm<kAluAnd, false, T>, PlainShift<kShiftShl, T>, PlainShift<kShiftShr, T>,
           PlainShift<kShiftRol, T>, PlainShift<kShiftRor, T>, ImulReg<false, T>, ImulReg<true, T>>;

template <typename... Body>
constexpr size_t count_of(Bodies<Body...>) {
  return sizeof...(Body);
}
constexpr size_t kCount = count_of(Common<uint32_t>{});

// The second one's operands stand where a memory operand would.
template <typename First, typename Second>
VIREO_HANDLER pair(Cpu& cpu, const Op* op) {
  First::run(cpu, op->dst, op->src, op->imm);
  Second::run(cpu, op->base, op->index, op->disp);
  VIREO_NEXT();
}

template <typename... Body>
constexpr std::array<Handler, kCount> singles(Bodies<Body...>) {
  return {&register_op<Body>...};
}
template <typename First, typename... Second>
constexpr std::array<Handler, kCount> pairs_with(Bodies<Second...>) {
  return {&pair<First, Second>...};
}
template <typename... First>
constexpr std::array<std::array<Handler, kCount>, kCount> pairs(Bodies<First...> all) {
  return {pairs_with<First>(all)...};
}

constexpr std::array kPairs = {pairs(Common<uint32_t>{}), pairs(Common<uint64_t>{})};

struct Place {
  unsigned size, body;
};

// Where the handler of a single instruction stands among the bodies.
const std::unordered_map<Handler, Place>& places() {
  static const auto all = [] {
    std::unordered_map<Handler, Place> map;
    const std::array handlers = {singles(Common<uint32_t>{}), singles(Common<uint64_t>{})};
    for (unsigned size = 0; size < handlers.size(); ++size) {
      for (unsigned body = 0; body < kCount; ++body) map[handlers[size][body]] = {size, body};
    }
    return map;
  }();
  return all;
}

}  // namespace

bool make_pair(Op& first, const Op& second) {
  const auto a = places().find(first.fn), b = places().find(second.fn);
  if (a == places().end() || b == places().end() || a->second.size != b->second.size) return false;
  if (second.imm != static_cast<int32_t>(second.imm)) return false;
  first.fn = kPairs[a->second.size][a->second.body][b->second.body];
  first.base = second.dst;
  first.index = second.src;
  first.disp = static_cast<int32_t>(second.imm);
  first.len = static_cast<uint8_t>(first.len + second.len);
  return true;
}

}  // namespace vireo
