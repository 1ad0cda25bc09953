// x87 functions: square root, rounding, remainders, scaling, splitting, and the
// stack effects of the transcendental ones.
#include "cpu/exec/x87_host.h"
#include "cpu/exec/x87_transcendental.h"

namespace vireo {
namespace {

constexpr uint16_t kAllMasked = kX87Exceptions;

bool is_nan(const X87Reg& r) {
  return (r.sign_exponent & 0x7fff) == 0x7fff && r.significand << 1 != 0;
}

// ST(0) = f(ST(0)).
template <auto f>
Status unary(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  if (x87_empty(cpu, 0)) return x87_underflow(cpu, op, 0);
  X87Reg& result = x87_st(cpu, 0);
  const uint16_t status =
      host::run(cpu.x87.control, &result, [&] { return f(result, result); });
  x87_merge(cpu, op, status);
  return Status::kOk;
}

// ST(0) = f(ST(0), ST(1)); `conditions` is what of C0-C3 the result tells.
template <auto f, unsigned conditions>
Status with_second(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  // C2 is clear after any exception: a loop around FPREM ends.
  x87_set_conditions(cpu, 0, conditions & kX87C2);
  if (x87_empty(cpu, 0) || x87_empty(cpu, 1)) return x87_underflow(cpu, op, 0);
  X87Reg& result = x87_st(cpu, 0);
  const uint16_t status = host::run(cpu.x87.control, &result, [&] {
    return f(result, result, x87_st(cpu, 1));
  });
  if (!x87_merge(cpu, op, status)) return Status::kOk;
  // With a NaN there is no quotient to tell of.
  x87_set_conditions(cpu, status, is_nan(result) ? conditions & kX87C2 : conditions);
  return Status::kOk;
}

// ST(0) becomes the first result, the second is pushed.
Status replace_and_push(Cpu& cpu, const Op* op, const X87Pair& pair) {
  if (!x87_merge(cpu, op, pair.status)) return Status::kOk;
  x87_set(cpu, 0, pair.first);
  x87_push(cpu, pair.second);
  return Status::kOk;
}

// Both need a source, and room for the second result.
bool pair_stack_fault(Cpu& cpu, const Op* op) {
  const bool underflow = x87_empty(cpu, 0);
  if (!underflow && x87_empty(cpu, 7)) return false;
  if (!x87_stack_fault(cpu, op, !underflow)) return true;
  x87_set(cpu, 0, kX87Indefinite);
  x87_push(cpu, kX87Indefinite);
  return true;
}

Status extract(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  if (pair_stack_fault(cpu, op)) return Status::kOk;
  X87Pair pair{};
  const uint16_t control = cpu.x87.control | kAllMasked;
  pair.status = host::run(control, nullptr, [&] {
    return host::extract(pair.first, pair.second, x87_st(cpu, 0));
  });
  return replace_and_push(cpu, op, pair);
}

// FSIN, FCOS, F2XM1. `range_bit`: C2, which tells of an operand that is out of
// range and stays, or nothing.
template <auto f, unsigned range_bit>
Status function(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  x87_set_conditions(cpu, 0, range_bit);
  if (x87_empty(cpu, 0)) return x87_underflow(cpu, op, 0);
  const X87Value value = f(cpu.x87.control, x87_st(cpu, 0));
  host::clear_flags();
  if (!x87_merge(cpu, op, value.status)) return Status::kOk;
  x87_set_conditions(cpu, value.status, range_bit);
  x87_set(cpu, 0, value.value);
  return Status::kOk;
}

// FPTAN, FSINCOS.
template <auto f>
Status function_pair(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  x87_set_conditions(cpu, 0, kX87C2);
  if (pair_stack_fault(cpu, op)) return Status::kOk;
  const X87Pair pair = f(cpu.x87.control, x87_st(cpu, 0));
  host::clear_flags();
  x87_set_conditions(cpu, pair.status, kX87C2);
  if (pair.status & kX87C2) {
    x87_merge(cpu, op, 0);
    return Status::kOk;
  }
  return replace_and_push(cpu, op, pair);
}

// ST(1) = f(ST(1), ST(0)), pop: FYL2X, FYL2XP1, FPATAN.
template <auto f>
Status function_pop(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  if (x87_empty(cpu, 0) || x87_empty(cpu, 1)) return x87_underflow(cpu, op, 1, 1);
  const X87Value value = f(cpu.x87.control, x87_st(cpu, 1), x87_st(cpu, 0));
  host::clear_flags();
  if (!x87_merge(cpu, op, value.status)) return Status::kOk;
  x87_set(cpu, 1, value.value);
  x87_pop(cpu);
  return Status::kOk;
}

}  // namespace

Handler x87_function_handler(unsigned arg) {
  switch (arg) {
    case kFsqrt: return simple_handler<unary<host::sqrt>>;
    case kFrndint: return simple_handler<unary<host::rndint>>;
    case kFprem: return simple_handler<with_second<host::prem, kX87Conditions>>;
    case kFprem1: return simple_handler<with_second<host::prem1, kX87Conditions>>;
    case kFscale: return simple_handler<with_second<host::scale, 0>>;
    case kFxtract: return simple_handler<extract>;
    case kF2xm1: return simple_handler<function<x87_2xm1, 0>>;
    case kFsin: return simple_handler<function<x87_sin, kX87C2>>;
    case kFcos: return simple_handler<function<x87_cos, kX87C2>>;
    case kFptan: return simple_handler<function_pair<x87_tan>>;
    case kFsincos: return simple_handler<function_pair<x87_sincos>>;
    case kFyl2x: return simple_handler<function_pop<x87_yl2x>>;
    case kFyl2xp1: return simple_handler<function_pop<x87_yl2xp1>>;
    case kFpatan: return simple_handler<function_pop<x87_atan>>;
    default: return nullptr;
  }
}

}  // namespace vireo
