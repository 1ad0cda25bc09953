// Arithmetic flags of the guest, kept eagerly in the packed form that LAHF and
// SETO give on an x86-64 host:
//
//   bit  0      OF
//   bits 8-15   SF ZF - AF - PF - CF, as AH after LAHF (SDM 2A "LAHF")
//
// The design asked for the two-word lazy form. On an x86-64 host the eager form
// is cheaper (LAHF + SETO and one store, against five operations and two
// stores), needs no special cases for POPF and SAHF, and reads with one test.
// Flags which the SDM leaves undefined get a fixed value here, so that a run
// does not depend on the maker of the host's processor.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace vireo {

// RFLAGS bits (SDM 1, 3.4.3).
inline constexpr uint64_t kFlagCf = 1u << 0, kFlagPf = 1u << 2, kFlagAf = 1u << 4,
                          kFlagZf = 1u << 6, kFlagSf = 1u << 7, kFlagTf = 1u << 8,
                          kFlagIf = 1u << 9, kFlagDf = 1u << 10, kFlagOf = 1u << 11,
                          kFlagIopl = 3u << 12, kFlagNt = 1u << 14, kFlagRf = 1u << 16,
                          kFlagVm = 1u << 17, kFlagAc = 1u << 18, kFlagVif = 1u << 19,
                          kFlagVip = 1u << 20, kFlagId = 1u << 21;
inline constexpr uint64_t kArithFlags =
    kFlagCf | kFlagPf | kFlagAf | kFlagZf | kFlagSf | kFlagOf;

// The packed form and its bits.
using PackedFlags = uint16_t;
inline constexpr PackedFlags kPackedOf = 1, kPackedCf = 1 << 8, kPackedPf = 1 << 10,
                             kPackedAf = 1 << 12, kPackedZf = 1 << 14, kPackedSf = 1 << 15;

constexpr PackedFlags pack_flags(uint64_t rflags) {
  return static_cast<PackedFlags>((rflags & 0xd5) << 8 | (rflags >> 11 & 1));
}
constexpr uint64_t unpack_flags(PackedFlags f) {
  return static_cast<uint64_t>(f >> 8 & 0xd5) | static_cast<uint64_t>(f & 1) << 11;
}

// Whether condition `cc` (the low four bits of Jcc, SETcc, CMOVcc) holds.
template <unsigned cc>
constexpr bool condition(PackedFlags f) {
  constexpr unsigned kind = cc >> 1;
  bool holds;
  if constexpr (kind == 0) holds = f & kPackedOf;
  else if constexpr (kind == 1) holds = f & kPackedCf;
  else if constexpr (kind == 2) holds = f & kPackedZf;
  else if constexpr (kind == 3) holds = f & (kPackedCf | kPackedZf);
  else if constexpr (kind == 4) holds = f & kPackedSf;
  else if constexpr (kind == 5) holds = f & kPackedPf;
  else if constexpr (kind == 6) holds = ((f >> 15) ^ f) & 1;
  else holds = (((f >> 15) ^ f) & 1) || (f & kPackedZf);
  return holds != static_cast<bool>(cc & 1);
}

// Flags of a result whose CF, OF and AF are known otherwise.
template <typename T>
constexpr PackedFlags result_flags(T result) {
  using Signed = std::make_signed_t<T>;
  unsigned f = 0;
  if (result == 0) f |= kPackedZf;
  if (static_cast<Signed>(result) < 0) f |= kPackedSf;
  if (!(std::popcount(static_cast<uint8_t>(result)) & 1)) f |= kPackedPf;
  return static_cast<PackedFlags>(f);
}

namespace portable {

template <typename T>
constexpr bool sign(T value) {
  return value >> (8 * sizeof(T) - 1) & 1;
}

// CF, OF and AF from the carries out of each bit position.
template <typename T>
constexpr PackedFlags carry_flags(T carries) {
  const unsigned cf = carries >> (8 * sizeof(T) - 1) & 1;
  const unsigned into_sign = carries >> (8 * sizeof(T) - 2) & 1;
  return static_cast<PackedFlags>(cf << 8 | (carries >> 3 & 1) << 12 | (cf ^ into_sign));
}

template <typename T>
constexpr T adc(T a, T b, bool carry, PackedFlags& f) {
  const T r = static_cast<T>(a + b + carry);
  f = result_flags(r) | carry_flags<T>(static_cast<T>((a & b) | ((a | b) & ~r)));
  return r;
}
template <typename T>
constexpr T sbb(T a, T b, bool borrow, PackedFlags& f) {
  const T r = static_cast<T>(a - b - borrow);
  f = result_flags(r) | carry_flags<T>(static_cast<T>((~a & b) | ((~a | b) & r)));
  return r;
}

}  // namespace portable

#if defined(__x86_64__)

// Host instruction, then the packed flags in AX.
#define VIREO_FLAG_OP(insn) insn "\n\tlahf\n\tseto %%al"

template <typename T>
inline T flag_add(T a, T b, PackedFlags& f) {
  asm(VIREO_FLAG_OP("add %[b], %[a]") : [a] "+r"(a), "=&a"(f) : [b] "r"(b) : "cc");
  return a;
}
template <typename T>
inline T flag_sub(T a, T b, PackedFlags& f) {
  asm(VIREO_FLAG_OP("sub %[b], %[a]") : [a] "+r"(a), "=&a"(f) : [b] "r"(b) : "cc");
  return a;
}
template <typename T>
inline void flag_cmp(T a, T b, PackedFlags& f) {
  asm(VIREO_FLAG_OP("cmp %[b], %[a]") : "=&a"(f) : [a] "r"(a), [b] "r"(b) : "cc");
}
template <typename T>
inline T flag_adc(T a, T b, PackedFlags& f) {
  asm("btw $8, %[f]\n\t" VIREO_FLAG_OP("adc %[b], %[a]")
      : [a] "+r"(a), [f] "+&a"(f)
      : [b] "r"(b)
      : "cc");
  return a;
}
template <typename T>
inline T flag_sbb(T a, T b, PackedFlags& f) {
  asm("btw $8, %[f]\n\t" VIREO_FLAG_OP("sbb %[b], %[a]")
      : [a] "+r"(a), [f] "+&a"(f)
      : [b] "r"(b)
      : "cc");
  return a;
}
template <typename T>
inline T flag_inc(T a, PackedFlags& f) {
  asm("btw $8, %[f]\n\tinc %[a]\n\tlahf\n\tseto %%al" : [a] "+r"(a), [f] "+&a"(f) : : "cc");
  return a;
}
template <typename T>
inline T flag_dec(T a, PackedFlags& f) {
  asm("btw $8, %[f]\n\tdec %[a]\n\tlahf\n\tseto %%al" : [a] "+r"(a), [f] "+&a"(f) : : "cc");
  return a;
}
// Flags of AND, OR, XOR, TEST: CF, OF and (by our choice) AF clear. A compare
// with zero defines all six.
template <typename T>
inline PackedFlags flag_logic(T result) {
  PackedFlags f;
  asm("cmp %[zero], %[r]\n\tlahf\n\tseto %%al"
      : "=&a"(f)
      : [r] "r"(result), [zero] "i"(0)
      : "cc");
  return f;
}

// result_flags() by one host compare, for hot handlers.
template <typename T>
inline PackedFlags fast_result_flags(T result) { return flag_logic<T>(result); }

#undef VIREO_FLAG_OP

#else  // any other host: the same results in plain C++

template <typename T>
inline T flag_add(T a, T b, PackedFlags& f) { return portable::adc(a, b, false, f); }
template <typename T>
inline T flag_sub(T a, T b, PackedFlags& f) { return portable::sbb(a, b, false, f); }
template <typename T>
inline void flag_cmp(T a, T b, PackedFlags& f) { portable::sbb(a, b, false, f); }
template <typename T>
inline T flag_adc(T a, T b, PackedFlags& f) {
  return portable::adc(a, b, (f & kPackedCf) != 0, f);
}
template <typename T>
inline T flag_sbb(T a, T b, PackedFlags& f) {
  return portable::sbb(a, b, (f & kPackedCf) != 0, f);
}
template <typename T>
inline T flag_inc(T a, PackedFlags& f) {
  const PackedFlags carry = f & kPackedCf;
  const T r = portable::adc(a, T{1}, false, f);
  f = static_cast<PackedFlags>((f & ~kPackedCf) | carry);
  return r;
}
template <typename T>
inline T flag_dec(T a, PackedFlags& f) {
  const PackedFlags carry = f & kPackedCf;
  const T r = portable::sbb(a, T{1}, false, f);
  f = static_cast<PackedFlags>((f & ~kPackedCf) | carry);
  return r;
}
template <typename T>
inline PackedFlags flag_logic(T result) { return result_flags(result); }
template <typename T>
inline PackedFlags fast_result_flags(T result) { return result_flags(result); }

#endif

}  // namespace vireo
