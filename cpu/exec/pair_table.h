// Tables of handlers for pairs: a row for each first instruction, a column for each second one.
#pragma once

#include <array>

#include "cpu/exec/load_ops.h"
#include "cpu/exec/register_ops.h"

namespace vireo::pairs {

template <typename... Body>
struct Bodies {
  static constexpr size_t kCount = sizeof...(Body);
};

// What compilers put side by side, by measurement of kernels and of the marks of tests/bench.
template <typename T>
using Registers =
    Bodies<MovReg<T>, LeaBase<T>, Extend<T, uint8_t>, Extend<T, uint16_t>,
           AluReg<kAluAdd, false, T>, AluReg<kAluAdd, true, T>, AluReg<kAluSub, false, T>,
           AluReg<kAluSub, true, T>, AluReg<kAluXor, false, T>, AluReg<kAluXor, true, T>,
           AluReg<kAluAnd, false, T>, AluReg<kAluOr, false, T>, AluReg<kAluAdc, true, T>,
           AluReg<kAluCmp, true, T>, AluImm<kAluAdd, false, T>, AluImm<kAluAdd, true, T>,
           AluImm<kAluAnd, false, T>, PlainShift<kShiftShl, T>, PlainShift<kShiftShr, T>,
           PlainShift<kShiftRol, T>, PlainShift<kShiftRor, T>, ImulReg<false, T>, ImulReg<true, T>>;

// Loads in 64-bit mode and in flat 32-bit code; those of a plain base come first.
using Loads64 =
    Bodies<LoadTo<uint32_t, uint32_t, Form::kBase>, LoadTo<uint64_t, uint64_t, Form::kBase>,
           LoadTo<uint32_t, uint8_t, Form::kBase>, LoadTo<uint32_t, uint32_t, Form::kSib>,
           LoadTo<uint64_t, uint64_t, Form::kSib>>;
using Loads32 =
    Bodies<LoadTo<uint32_t, uint32_t, Form::kFlat32Base>,
           LoadTo<uint32_t, uint8_t, Form::kFlat32Base>, LoadTo<uint32_t, uint32_t, Form::kFlat32>>;

// Where the handler of a single instruction stands.
enum class List : uint8_t { kRegisters32, kRegisters64, kLoads64, kLoads32 };
struct Place {
  List list;
  uint8_t index;
};
// Null: it makes no pairs.
const Place* place_of(Handler single);

// Pair<First, Second>::kHandler for all of two lists.
template <template <typename, typename> typename Pair, typename Firsts, typename Seconds>
class Table {
 public:
  static Handler at(const Place& first, const Place& second) {
    return kAll[first.index][second.index];
  }

 private:
  template <typename First, typename... Second>
  static constexpr std::array<Handler, Seconds::kCount> row_of(Bodies<Second...>) {
    return {Pair<First, Second>::kHandler...};
  }
  template <typename... First>
  static constexpr std::array<std::array<Handler, Seconds::kCount>, Firsts::kCount> all_of(
      Bodies<First...>) {
    return {row_of<First>(Seconds{})...};
  }
  static constexpr auto kAll = all_of(Firsts{});
};

}  // namespace vireo::pairs
