// Choosing among specialised handlers at decode time: turns run-time sizes,
// forms and family members into template arguments.
#pragma once

#include <cstdint>
#include <type_traits>

#include "cpu/exec/access.h"

namespace vireo {

// f(T{}) for the unsigned type of `size` bytes.
template <typename F>
Handler by_size(unsigned size, F&& f) {
  switch (size) {
    case 1: return f(uint8_t{});
    case 2: return f(uint16_t{});
    case 4: return f(uint32_t{});
    default: return f(uint64_t{});
  }
}
// The same where one byte is not among the sizes.
template <typename F>
Handler by_word_size(unsigned size, F&& f) {
  switch (size) {
    case 2: return f(uint16_t{});
    case 4: return f(uint32_t{});
    default: return f(uint64_t{});
  }
}

// f(std::integral_constant<Form, form>{}), which also makes kFlat32 of kFlat32Base.
template <typename F>
Handler by_form(Form form, F&& f) {
  switch (form) {
    case Form::kBase: return f(std::integral_constant<Form, Form::kBase>{});
    case Form::kSib: return f(std::integral_constant<Form, Form::kSib>{});
    case Form::kFlat32Base:
    case Form::kFlat32: return f(std::integral_constant<Form, Form::kFlat32>{});
    default: return f(std::integral_constant<Form, Form::kFull>{});
  }
}

// For what compilers use most.
template <typename F>
Handler by_any_form(Form form, F&& f) {
  if (form == Form::kFlat32Base) return f(std::integral_constant<Form, Form::kFlat32Base>{});
  return by_form(form, f);
}

template <typename F>
Handler by_flag(bool flag, F&& f) {
  return flag ? f(std::true_type{}) : f(std::false_type{});
}

// f(std::integral_constant<unsigned, value>{}) for value in [0, count).
template <unsigned count, typename F>
Handler by_value(unsigned value, F&& f) {
  if constexpr (count > 1) {
    if (value < count - 1) return by_value<count - 1>(value, f);
  }
  return f(std::integral_constant<unsigned, count - 1>{});
}

}  // namespace vireo
