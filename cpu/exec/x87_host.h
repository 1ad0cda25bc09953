// x87 operations on the host's own x87 unit: exact in 80 bits, in rounding, in
// precision control, in flags, and in what an unmasked exception leaves undone,
// because each runs under the guest's own control word.
//
// Only instructions whose results the architecture fixes are used here.
#pragma once

#include <cstdint>

#include "cpu/exec/x87_state.h"

namespace vireo::host {

// The stack holds nothing of ours between two pieces of assembly; the compiler
// must hold nothing there either.
#define VIREO_X87_CLOBBERS                                                                    \
  "cc", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)"
// After the operation: its status word; on an unmasked exception stop, since a
// waiting instruction would trap.
#define VIREO_X87_STATUS "\n\tfnstsw %%ax\n\ttestb $0x80, %%al\n\tjnz 1f\n\t"

inline void set_control(uint16_t control) { asm volatile("fldcw %0" : : "m"(control)); }

// The host's sticky flags are always among the guest's, so that a status word
// may be merged as it is and operations need not clear them first, which is
// slow. Whoever clears flags of the guest calls this, and whoever computed with
// long double.
inline void clear_flags() { asm volatile("fnclex"); }

inline constexpr unsigned kPreComputation = kX87Ie | kX87De | kX87Ze;

// Leaves the host's unit as it was found after an unmasked exception; `result`
// gets ST(0) unless one of `held_back` is why there is none.
inline void clean_up(uint16_t status, uint16_t control, X87Reg* result, unsigned held_back) {
  clear_flags();
  set_control(kX87ControlInit);
  const unsigned unmasked = status & ~control & held_back;
  if (result != nullptr && unmasked == 0) {
    asm volatile("fstpt %0" : "+m"(*result) : : VIREO_X87_CLOBBERS);
  }
  asm volatile("fninit" : : : VIREO_X87_CLOBBERS);
}

// Under a control word of the guest's own; no flag may be set when it is loaded,
// since it might be unmasked.
template <typename Body>
[[gnu::noinline]] uint16_t run_under(uint16_t control, X87Reg* result, Body body,
                                     unsigned held_back) {
  clear_flags();
  set_control(control);
  const uint16_t status = body();
  if (status & kX87Es) {
    clean_up(status, control, result, held_back);
  } else {
    set_control(kX87ControlInit);
    clear_flags();
  }
  return status & ~(kX87Es | kX87Busy);
}

// Runs `body`, which returns a status word, under `control`. The body writes its
// result itself, but for that of an operation with an unmasked exception.
template <typename Body>
inline uint16_t run(uint16_t control, X87Reg* result, Body body,
                    unsigned held_back = kPreComputation) {
  if (VIREO_LIKELY(control == kX87ControlInit)) return body();
  return run_under(control, result, body, held_back);
}

// All 80 bits as they are, in one piece: bytes stored in two pieces would be
// slow to load as one again.
inline void copy(X87Reg& to, const X87Reg& from) {
  asm volatile("fldt %[from]\n\tfstpt %[to]" : [to] "+m"(to) : [from] "m"(from)
               : VIREO_X87_CLOBBERS);
}
inline void exchange(X87Reg& a, X87Reg& b) {
  asm volatile("fldt %[a]\n\tfldt %[b]\n\tfstpt %[a]\n\tfstpt %[b]" : [a] "+m"(a), [b] "+m"(b)
               : : VIREO_X87_CLOBBERS);
}

// r = a op b.
#define VIREO_X87_BINARY(name, insn)                                                     \
  inline uint16_t name(X87Reg& r, const X87Reg& a, const X87Reg& b) {                    \
    uint16_t status;                                                                     \
    asm volatile("fldt %[b]\n\tfldt %[a]\n\t" insn VIREO_X87_STATUS            \
                 "fstpt %[r]\n\tfstp %%st(0)\n1:"                                        \
                 : [status] "=&a"(status), [r] "+m"(r)                                   \
                 : [a] "m"(a), [b] "m"(b)                                                \
                 : VIREO_X87_CLOBBERS);                                                  \
    return status;                                                                       \
  }
VIREO_X87_BINARY(add, "fadd %%st(1), %%st")
VIREO_X87_BINARY(mul, "fmul %%st(1), %%st")
VIREO_X87_BINARY(sub, "fsub %%st(1), %%st")
VIREO_X87_BINARY(subr, "fsubr %%st(1), %%st")
VIREO_X87_BINARY(div, "fdiv %%st(1), %%st")
VIREO_X87_BINARY(divr, "fdivr %%st(1), %%st")
VIREO_X87_BINARY(prem, "fprem")
VIREO_X87_BINARY(prem1, "fprem1")
VIREO_X87_BINARY(scale, "fscale")
#undef VIREO_X87_BINARY

// r = op a.
#define VIREO_X87_UNARY(name, insn)                                                     \
  inline uint16_t name(X87Reg& r, const X87Reg& a) {                                    \
    uint16_t status;                                                                    \
    asm volatile("fldt %[a]\n\t" insn VIREO_X87_STATUS "fstpt %[r]\n1:"       \
                 : [status] "=&a"(status), [r] "+m"(r)                                  \
                 : [a] "m"(a)                                                           \
                 : VIREO_X87_CLOBBERS);                                                 \
    return status;                                                                      \
  }
VIREO_X87_UNARY(sqrt, "fsqrt")
VIREO_X87_UNARY(rndint, "frndint")
#undef VIREO_X87_UNARY

// r = a op m, m as the instruction reads it from memory.
#define VIREO_X87_MEMORY(name, type, insn)                                              \
  inline uint16_t name(X87Reg& r, const X87Reg& a, const type& m) {                     \
    uint16_t status;                                                                    \
    asm volatile("fldt %[a]\n\t" insn " %[m]" VIREO_X87_STATUS                \
                 "fstpt %[r]\n1:"                                                       \
                 : [status] "=&a"(status), [r] "+m"(r)                                  \
                 : [a] "m"(a), [m] "m"(m)                                               \
                 : VIREO_X87_CLOBBERS);                                                 \
    return status;                                                                      \
  }
#define VIREO_X87_MEMORY_ALL(suffix, type, single)    \
  VIREO_X87_MEMORY(add_##suffix, type, single("add")) \
  VIREO_X87_MEMORY(mul_##suffix, type, single("mul")) \
  VIREO_X87_MEMORY(sub_##suffix, type, single("sub")) \
  VIREO_X87_MEMORY(subr_##suffix, type, single("subr")) \
  VIREO_X87_MEMORY(div_##suffix, type, single("div")) \
  VIREO_X87_MEMORY(divr_##suffix, type, single("divr"))
#define VIREO_X87_M32(n) "f" n "s"
#define VIREO_X87_M64(n) "f" n "l"
#define VIREO_X87_I16(n) "fi" n "s"
#define VIREO_X87_I32(n) "fi" n "l"
VIREO_X87_MEMORY_ALL(m32, uint32_t, VIREO_X87_M32)
VIREO_X87_MEMORY_ALL(m64, uint64_t, VIREO_X87_M64)
VIREO_X87_MEMORY_ALL(i16, uint16_t, VIREO_X87_I16)
VIREO_X87_MEMORY_ALL(i32, uint32_t, VIREO_X87_I32)
#undef VIREO_X87_MEMORY_ALL
#undef VIREO_X87_MEMORY

// Compares: the status word is the result.
#define VIREO_X87_COMPARE(name, insn)                                                   \
  inline uint16_t name(const X87Reg& a, const X87Reg& b) {                              \
    uint16_t status;                                                                    \
    asm volatile("fldt %[b]\n\tfldt %[a]\n\t" insn VIREO_X87_STATUS           \
                 "fstp %%st(0)\n\tfstp %%st(0)\n1:"                                     \
                 : [status] "=&a"(status)                                               \
                 : [a] "m"(a), [b] "m"(b)                                               \
                 : VIREO_X87_CLOBBERS);                                                 \
    return status;                                                                      \
  }
VIREO_X87_COMPARE(com, "fcom %%st(1)")
VIREO_X87_COMPARE(ucom, "fucom %%st(1)")
#undef VIREO_X87_COMPARE

#define VIREO_X87_COMPARE_MEMORY(name, type, insn)                                      \
  inline uint16_t name(const X87Reg& a, const type& m) {                                \
    uint16_t status;                                                                    \
    asm volatile("fldt %[a]\n\t" insn " %[m]" VIREO_X87_STATUS                \
                 "fstp %%st(0)\n1:"                                                     \
                 : [status] "=&a"(status)                                               \
                 : [a] "m"(a), [m] "m"(m)                                               \
                 : VIREO_X87_CLOBBERS);                                                 \
    return status;                                                                      \
  }
VIREO_X87_COMPARE_MEMORY(com_m32, uint32_t, VIREO_X87_M32("com"))
VIREO_X87_COMPARE_MEMORY(com_m64, uint64_t, VIREO_X87_M64("com"))
VIREO_X87_COMPARE_MEMORY(com_i16, uint16_t, VIREO_X87_I16("com"))
VIREO_X87_COMPARE_MEMORY(com_i32, uint32_t, VIREO_X87_I32("com"))
#undef VIREO_X87_COMPARE_MEMORY
#undef VIREO_X87_M32
#undef VIREO_X87_M64
#undef VIREO_X87_I16
#undef VIREO_X87_I32

// Loads of other formats.
#define VIREO_X87_LOAD(name, type, insn)                                                \
  inline uint16_t name(X87Reg& r, const type& m) {                                      \
    uint16_t status;                                                                    \
    asm volatile(insn " %[m]" VIREO_X87_STATUS "fstpt %[r]\n1:"            \
                 : [status] "=&a"(status), [r] "+m"(r)                                  \
                 : [m] "m"(m)                                                           \
                 : VIREO_X87_CLOBBERS);                                                 \
    return status;                                                                      \
  }
struct Bcd {
  uint8_t bytes[10];
};
VIREO_X87_LOAD(load_m32, uint32_t, "flds")
VIREO_X87_LOAD(load_m64, uint64_t, "fldl")
VIREO_X87_LOAD(load_i16, uint16_t, "filds")
VIREO_X87_LOAD(load_i32, uint32_t, "fildl")
VIREO_X87_LOAD(load_i64, uint64_t, "fildll")
VIREO_X87_LOAD(load_bcd, Bcd, "fbld")
#undef VIREO_X87_LOAD

// Stores; `m` keeps its value when an unmasked exception holds the result back.
#define VIREO_X87_STORE(name, type, insn)                                               \
  inline uint16_t name(type& m, const X87Reg& a) {                                      \
    uint16_t status;                                                                    \
    asm volatile("fldt %[a]\n\tfld %%st(0)\n\t" insn " %[m]" VIREO_X87_STATUS \
                 "fstp %%st(0)\n1:"                                                     \
                 : [status] "=&a"(status), [m] "+m"(m)                                  \
                 : [a] "m"(a)                                                           \
                 : VIREO_X87_CLOBBERS);                                                 \
    return status;                                                                      \
  }
VIREO_X87_STORE(store_m32, uint32_t, "fstps")
VIREO_X87_STORE(store_m64, uint64_t, "fstpl")
VIREO_X87_STORE(store_i16, uint16_t, "fistps")
VIREO_X87_STORE(store_i32, uint32_t, "fistpl")
VIREO_X87_STORE(store_i64, uint64_t, "fistpll")
VIREO_X87_STORE(store_bcd, Bcd, "fbstp")
#undef VIREO_X87_STORE

// FXTRACT: exponent and significand.
inline uint16_t extract(X87Reg& exponent, X87Reg& significand, const X87Reg& a) {
  uint16_t status;
  asm volatile("fldt %[a]\n\tfxtract\n\tfnstsw %%ax\n\t"
               "fstpt %[significand]\n\tfstpt %[exponent]"
               : [status] "=&a"(status), [exponent] "+m"(exponent), [significand] "+m"(significand)
               : [a] "m"(a)
               : VIREO_X87_CLOBBERS);
  return status;
}

}  // namespace vireo::host
