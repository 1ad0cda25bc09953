// x87 addition, multiplication, subtraction and division, on registers and with
// memory operands of four formats.
#include "cpu/exec/x87_host.h"

namespace vireo {
namespace {

using RegisterOp = uint16_t (*)(X87Reg&, const X87Reg&, const X87Reg&);

// ST(dst) = ST(dst) op ST(other), then pops.
template <RegisterOp f>
Status arith(Cpu& cpu, const Op* op, unsigned dst, unsigned other, unsigned pops) {
  if (!x87_begin(cpu)) return Status::kFault;
  if (VIREO_UNLIKELY(x87_empty(cpu, dst) || x87_empty(cpu, other))) {
    return x87_underflow(cpu, op, dst, pops);
  }
  X87Reg& result = x87_st(cpu, dst);
  const X87Reg& operand = x87_st(cpu, other);
  const uint16_t status =
      host::run(cpu.x87.control, &result, [&] { return f(result, result, operand); });
  if (x87_merge(cpu, op, status)) x87_pop(cpu, pops);
  return Status::kOk;
}

template <RegisterOp f>
Status to_top(Cpu& cpu, const Op* op) { return arith<f>(cpu, op, 0, op->src, 0); }
template <RegisterOp f>
Status to_register(Cpu& cpu, const Op* op) { return arith<f>(cpu, op, op->src, 0, 0); }
template <RegisterOp f>
Status to_register_pop(Cpu& cpu, const Op* op) { return arith<f>(cpu, op, op->src, 0, 1); }

// ST(0) = ST(0) op memory.
template <auto f, typename T>
Status with_memory(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok) return Status::kFault;
  const Loaded<T> source = load<T>(cpu, op, at.va);
  if (!source.ok) return Status::kFault;
  if (VIREO_UNLIKELY(x87_empty(cpu, 0))) return x87_underflow(cpu, op, 0);
  X87Reg& result = x87_st(cpu, 0);
  const uint16_t status =
      host::run(cpu.x87.control, &result, [&] { return f(result, result, source.value); });
  x87_merge(cpu, op, status);
  return Status::kOk;
}

}  // namespace

Handler x87_arith_register_handler(unsigned arg) {
  switch (arg) {
    case kFadd: return simple_handler<to_top<host::add>>;
    case kFmul: return simple_handler<to_top<host::mul>>;
    case kFsub: return simple_handler<to_top<host::sub>>;
    case kFsubr: return simple_handler<to_top<host::subr>>;
    case kFdiv: return simple_handler<to_top<host::div>>;
    case kFdivr: return simple_handler<to_top<host::divr>>;
    case kFaddTo: return simple_handler<to_register<host::add>>;
    case kFmulTo: return simple_handler<to_register<host::mul>>;
    case kFsubTo: return simple_handler<to_register<host::sub>>;
    case kFsubrTo: return simple_handler<to_register<host::subr>>;
    case kFdivTo: return simple_handler<to_register<host::div>>;
    case kFdivrTo: return simple_handler<to_register<host::divr>>;
    case kFaddp: return simple_handler<to_register_pop<host::add>>;
    case kFmulp: return simple_handler<to_register_pop<host::mul>>;
    case kFsubp: return simple_handler<to_register_pop<host::sub>>;
    case kFsubrp: return simple_handler<to_register_pop<host::subr>>;
    case kFdivp: return simple_handler<to_register_pop<host::div>>;
    case kFdivrp: return simple_handler<to_register_pop<host::divr>>;
    default: return nullptr;
  }
}

Handler x87_arith_memory_handler(unsigned arg) {
  switch (arg) {
    case kAddSingle: return simple_handler<with_memory<host::add_m32, uint32_t>>;
    case kMulSingle: return simple_handler<with_memory<host::mul_m32, uint32_t>>;
    case kSubSingle: return simple_handler<with_memory<host::sub_m32, uint32_t>>;
    case kSubrSingle: return simple_handler<with_memory<host::subr_m32, uint32_t>>;
    case kDivSingle: return simple_handler<with_memory<host::div_m32, uint32_t>>;
    case kDivrSingle: return simple_handler<with_memory<host::divr_m32, uint32_t>>;
    case kAddDouble: return simple_handler<with_memory<host::add_m64, uint64_t>>;
    case kMulDouble: return simple_handler<with_memory<host::mul_m64, uint64_t>>;
    case kSubDouble: return simple_handler<with_memory<host::sub_m64, uint64_t>>;
    case kSubrDouble: return simple_handler<with_memory<host::subr_m64, uint64_t>>;
    case kDivDouble: return simple_handler<with_memory<host::div_m64, uint64_t>>;
    case kDivrDouble: return simple_handler<with_memory<host::divr_m64, uint64_t>>;
    case kAddInt16: return simple_handler<with_memory<host::add_i16, uint16_t>>;
    case kMulInt16: return simple_handler<with_memory<host::mul_i16, uint16_t>>;
    case kSubInt16: return simple_handler<with_memory<host::sub_i16, uint16_t>>;
    case kSubrInt16: return simple_handler<with_memory<host::subr_i16, uint16_t>>;
    case kDivInt16: return simple_handler<with_memory<host::div_i16, uint16_t>>;
    case kDivrInt16: return simple_handler<with_memory<host::divr_i16, uint16_t>>;
    case kAddInt32: return simple_handler<with_memory<host::add_i32, uint32_t>>;
    case kMulInt32: return simple_handler<with_memory<host::mul_i32, uint32_t>>;
    case kSubInt32: return simple_handler<with_memory<host::sub_i32, uint32_t>>;
    case kSubrInt32: return simple_handler<with_memory<host::subr_i32, uint32_t>>;
    case kDivInt32: return simple_handler<with_memory<host::div_i32, uint32_t>>;
    case kDivrInt32: return simple_handler<with_memory<host::divr_i32, uint32_t>>;
    default: return nullptr;
  }
}

}  // namespace vireo
