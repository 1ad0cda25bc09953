// MOV and MOVZX from memory to a register, as functions: the handlers of single instructions and
// those of pairs (cpu/exec/pair.h) are made of them.
#pragma once

#include "cpu/exec/access.h"

namespace vireo {

// From: the type in memory; an int extends with its sign.
template <typename T, typename From, Form kForm>
struct LoadTo {
  using Memory = std::make_unsigned_t<From>;
  static constexpr Form form = kForm;

  static void put(Cpu& cpu, unsigned dst, Memory value) {
    set_reg<T>(cpu, dst, static_cast<T>(static_cast<From>(value)));
  }
  // False: a fault is pending.
  static bool run(Cpu& cpu, const Op* op, unsigned dst) {
    const Linear at = linear<kForm>(cpu, op);
    if (VIREO_UNLIKELY(!at.ok)) return false;
    const Loaded<Memory> v = load<Memory>(cpu, op, at.va);
    if (VIREO_UNLIKELY(!v.ok)) return false;
    put(cpu, dst, v.value);
    return true;
  }
  // False: nothing has happened, the access needs its slow path.
  static bool run_fast(Cpu& cpu, uint64_t va, unsigned dst) {
    const uint8_t* host = host_for_read(cpu, va, sizeof(Memory));
    if (VIREO_UNLIKELY(host == nullptr)) return false;
    Memory value;
    std::memcpy(&value, host, sizeof value);
    put(cpu, dst, value);
    return true;
  }
};

// The handler of one of them alone.
template <typename Body>
VIREO_HANDLER load_op(Cpu& cpu, const Op* op) {
  if (VIREO_UNLIKELY(!Body::run(cpu, op, op->dst))) VIREO_FAULT();
  VIREO_NEXT();
}

}  // namespace vireo
