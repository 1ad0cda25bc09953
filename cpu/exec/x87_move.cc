// x87 moves among registers, sign changes, constants and stack management.
#include "cpu/exec/x87_host.h"

namespace vireo {
namespace {

void clear_c1(Cpu& cpu, const Op* op) { x87_merge(cpu, op, 0); }

Status load_register(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  if (x87_empty(cpu, op->src)) {
    if (x87_stack_fault(cpu, op, false)) x87_push(cpu, kX87Indefinite);
    return Status::kOk;
  }
  if (!x87_empty(cpu, 7)) return x87_push_checked(cpu, op, kX87Indefinite);
  clear_c1(cpu, op);
  host::copy(x87_st(cpu, 7), x87_st(cpu, op->src));
  x87_push_written(cpu);
  return Status::kOk;
}

// Empty registers count as indefinites.
bool fill_empty(Cpu& cpu, const Op* op, unsigned i) {
  if (!x87_stack_fault(cpu, op, false)) return false;
  if (x87_empty(cpu, 0)) x87_set(cpu, 0, kX87Indefinite);
  if (x87_empty(cpu, i)) x87_set(cpu, i, kX87Indefinite);
  return true;
}

Status exchange(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  const unsigned i = op->src;
  if (VIREO_UNLIKELY(x87_empty(cpu, 0) || x87_empty(cpu, i))) {
    if (!fill_empty(cpu, op, i)) return Status::kOk;
  } else {
    clear_c1(cpu, op);
  }
  host::exchange(x87_st(cpu, 0), x87_st(cpu, i));
  return Status::kOk;
}

void copy_top(Cpu& cpu, unsigned i) {
  host::copy(x87_st(cpu, i), x87_st(cpu, 0));
  cpu.x87.empty &= static_cast<uint8_t>(~(1u << x87_physical(cpu, i)));
}

template <bool pop>
Status store_register(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  if (x87_empty(cpu, 0)) return x87_underflow(cpu, op, op->src, pop);
  clear_c1(cpu, op);
  copy_top(cpu, op->src);
  x87_pop(cpu, pop);
  return Status::kOk;
}

// D9 D8+i, once named FSTPNCE: an empty ST(0) is popped without an exception.
Status store_unchecked(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  clear_c1(cpu, op);
  if (!x87_empty(cpu, 0)) copy_top(cpu, op->src);
  x87_pop(cpu);
  return Status::kOk;
}

template <bool pop>
Status free_register(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  clear_c1(cpu, op);
  x87_free(cpu, op->src);
  x87_pop(cpu, pop);
  return Status::kOk;
}

template <int step>
Status move_top(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  clear_c1(cpu, op);
  cpu.x87.top = static_cast<uint8_t>((cpu.x87.top + step) & 7);
  return Status::kOk;
}

Status no_operation(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  x87_note(cpu, op);
  return Status::kOk;
}

// cc: as in Jcc.
template <unsigned cc>
Status conditional_move(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  if (x87_empty(cpu, 0) || x87_empty(cpu, op->src)) return x87_underflow(cpu, op, 0);
  x87_note(cpu, op);
  if (condition<cc>(cpu.flags)) host::copy(x87_st(cpu, 0), x87_st(cpu, op->src));
  return Status::kOk;
}

template <uint16_t keep, uint16_t flip>
Status change_sign(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  if (x87_empty(cpu, 0)) return x87_underflow(cpu, op, 0);
  clear_c1(cpu, op);
  X87Reg& r = x87_st(cpu, 0);
  r.sign_exponent = (r.sign_exponent & keep) ^ flip;
  return Status::kOk;
}

// A constant as 66 bits: `significand` is truncated, `rest` the two bits that
// follow. It is rounded as RC says (SDM 1, 8.3.8).
template <uint64_t significand, unsigned rest, uint16_t exponent>
Status constant(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  const unsigned rounding = cpu.x87.control >> 10 & 3;
  const bool up = (rounding == 0 && (rest & 2)) || (rounding == 2 && rest != 0);
  return x87_push_checked(cpu, op, {significand + (up ? 1 : 0), exponent});
}

}  // namespace

Handler x87_move_handler(unsigned arg) {
  switch (arg) {
    case kFldReg: return simple_handler<load_register>;
    case kFxch: return simple_handler<exchange>;
    case kFstReg: return simple_handler<store_register<false>>;
    case kFstpReg: return simple_handler<store_register<true>>;
    case kFstpUnchecked: return simple_handler<store_unchecked>;
    case kFfree: return simple_handler<free_register<false>>;
    case kFfreep: return simple_handler<free_register<true>>;
    case kFincstp: return simple_handler<move_top<1>>;
    case kFdecstp: return simple_handler<move_top<-1>>;
    case kFnop: return simple_handler<no_operation>;
    case kFcmovb: return simple_handler<conditional_move<2>>;
    case kFcmovnb: return simple_handler<conditional_move<3>>;
    case kFcmove: return simple_handler<conditional_move<4>>;
    case kFcmovne: return simple_handler<conditional_move<5>>;
    case kFcmovbe: return simple_handler<conditional_move<6>>;
    case kFcmovnbe: return simple_handler<conditional_move<7>>;
    case kFcmovu: return simple_handler<conditional_move<10>>;
    case kFcmovnu: return simple_handler<conditional_move<11>>;
    case kFchs: return simple_handler<change_sign<0xffff, 0x8000>>;
    case kFabs: return simple_handler<change_sign<0x7fff, 0>>;
    case kFld1: return simple_handler<constant<0x8000000000000000, 0, 0x3fff>>;
    case kFldz: return simple_handler<constant<0, 0, 0>>;
    case kFldl2t: return simple_handler<constant<0xd49a784bcd1b8afe, 1, 0x4000>>;
    case kFldl2e: return simple_handler<constant<0xb8aa3b295c17f0bb, 3, 0x3fff>>;
    case kFldpi: return simple_handler<constant<0xc90fdaa22168c234, 3, 0x4000>>;
    case kFldlg2: return simple_handler<constant<0x9a209a84fbcff798, 2, 0x3ffd>>;
    case kFldln2: return simple_handler<constant<0xb17217f7d1cf79ab, 3, 0x3ffe>>;
    default: return nullptr;
  }
}

}  // namespace vireo
