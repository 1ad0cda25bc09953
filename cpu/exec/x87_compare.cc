// x87 compares: FCOM, FUCOM, FICOM, FTST into the condition codes, FCOMI and
// FUCOMI into RFLAGS, FXAM.
#include "cpu/exec/x87_host.h"

namespace vireo {
namespace {

constexpr uint16_t kUnordered = kX87C0 | kX87C2 | kX87C3;
constexpr X87Reg kZero{0, 0};

// Condition codes of a compare with an empty register.
Status compare_empty(Cpu& cpu, const Op* op, unsigned pops) {
  if (!x87_stack_fault(cpu, op, false)) return Status::kOk;
  x87_set_conditions(cpu, kUnordered, kUnordered);
  x87_pop(cpu, pops);
  return Status::kOk;
}

Status finish_compare(Cpu& cpu, const Op* op, uint16_t status, unsigned pops) {
  if (!x87_merge(cpu, op, status)) return Status::kOk;
  x87_set_conditions(cpu, status);
  x87_pop(cpu, pops);
  return Status::kOk;
}

template <auto f, unsigned pops>
Status compare(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  if (x87_empty(cpu, 0) || x87_empty(cpu, op->src)) return compare_empty(cpu, op, pops);
  const uint16_t status = host::run(cpu.x87.control, nullptr, [&] {
    return f(x87_st(cpu, 0), x87_st(cpu, op->src));
  });
  return finish_compare(cpu, op, status, pops);
}

template <auto f, typename T, unsigned pops>
Status compare_memory(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok) return Status::kFault;
  const Loaded<T> source = load<T>(cpu, op, at.va);
  if (!source.ok) return Status::kFault;
  if (x87_empty(cpu, 0)) return compare_empty(cpu, op, pops);
  const uint16_t status = host::run(cpu.x87.control, nullptr, [&] {
    return f(x87_st(cpu, 0), source.value);
  });
  return finish_compare(cpu, op, status, pops);
}

Status test(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  if (x87_empty(cpu, 0)) return compare_empty(cpu, op, 0);
  const uint16_t status = host::run(cpu.x87.control, nullptr,
                                    [&] { return host::com(x87_st(cpu, 0), kZero); });
  return finish_compare(cpu, op, status, 0);
}

// C3, C2, C0 stand for ZF, PF, CF; OF, SF and AF become 0.
PackedFlags flags_of(uint16_t conditions) {
  return static_cast<PackedFlags>((conditions & kX87C3 ? kPackedZf : 0) |
                                  (conditions & kX87C2 ? kPackedPf : 0) |
                                  (conditions & kX87C0 ? kPackedCf : 0));
}

template <auto f, unsigned pops>
Status compare_to_flags(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  uint16_t status = kUnordered;
  bool go_on;
  if (x87_empty(cpu, 0) || x87_empty(cpu, op->src)) {
    go_on = x87_stack_fault(cpu, op, false);
  } else {
    status = host::run(cpu.x87.control, nullptr, [&] {
      return f(x87_st(cpu, 0), x87_st(cpu, op->src));
    });
    go_on = x87_merge_exceptions(cpu, op, status);
  }
  if (!go_on) return Status::kOk;
  cpu.flags = flags_of(status);
  x87_pop(cpu, pops);
  return Status::kOk;
}

// The class of ST(0) (SDM 2A "FXAM").
uint16_t class_of(const X87Reg& r) {
  const unsigned exponent = r.sign_exponent & 0x7fff;
  const bool integer_bit = r.significand >> 63;
  if (exponent == 0) return r.significand == 0 ? kX87C3 : kX87C3 | kX87C2;
  if (!integer_bit) return 0;  // a format that processors no longer support
  if (exponent != 0x7fff) return kX87C2;
  return r.significand << 1 == 0 ? kX87C2 | kX87C0 : kX87C0;
}

Status examine(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  x87_note(cpu, op);
  const X87Reg& r = x87_st(cpu, 0);
  const uint16_t kind = x87_empty(cpu, 0) ? kX87C3 | kX87C0 : class_of(r);
  x87_set_conditions(cpu, kind | (r.sign_exponent & 0x8000 ? kX87C1 : 0u));
  return Status::kOk;
}

}  // namespace

Handler x87_compare_register_handler(unsigned arg) {
  switch (arg) {
    case kFcom: return simple_handler<compare<host::com, 0>>;
    case kFcomp: return simple_handler<compare<host::com, 1>>;
    case kFcompp: return simple_handler<compare<host::com, 2>>;
    case kFucom: return simple_handler<compare<host::ucom, 0>>;
    case kFucomp: return simple_handler<compare<host::ucom, 1>>;
    case kFucompp: return simple_handler<compare<host::ucom, 2>>;
    case kFcomi: return simple_handler<compare_to_flags<host::com, 0>>;
    case kFcomip: return simple_handler<compare_to_flags<host::com, 1>>;
    case kFucomi: return simple_handler<compare_to_flags<host::ucom, 0>>;
    case kFucomip: return simple_handler<compare_to_flags<host::ucom, 1>>;
    case kFtst: return simple_handler<test>;
    case kFxam: return simple_handler<examine>;
    default: return nullptr;
  }
}

Handler x87_compare_memory_handler(unsigned arg) {
  switch (arg) {
    case kComSingle: return simple_handler<compare_memory<host::com_m32, uint32_t, 0>>;
    case kCompSingle: return simple_handler<compare_memory<host::com_m32, uint32_t, 1>>;
    case kComDouble: return simple_handler<compare_memory<host::com_m64, uint64_t, 0>>;
    case kCompDouble: return simple_handler<compare_memory<host::com_m64, uint64_t, 1>>;
    case kComInt16: return simple_handler<compare_memory<host::com_i16, uint16_t, 0>>;
    case kCompInt16: return simple_handler<compare_memory<host::com_i16, uint16_t, 1>>;
    case kComInt32: return simple_handler<compare_memory<host::com_i32, uint32_t, 0>>;
    case kCompInt32: return simple_handler<compare_memory<host::com_i32, uint32_t, 1>>;
    default: return nullptr;
  }
}

}  // namespace vireo
