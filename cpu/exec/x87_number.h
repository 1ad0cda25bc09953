// x87 numbers taken apart: class, sign, and a significand in [1, 2) with its
// exponent, so that computing on them neither overflows nor underflows.
#pragma once

#include <cmath>
#include <cstring>

#include "cpu/exec/x87_host.h"
#include "cpu/exec/x87_transcendental.h"
#include "cpu/exec/x87_wide.h"

namespace vireo {

enum class X87Class : uint8_t { kZero, kFinite, kInfinity, kNan, kUnsupported };

struct X87Number {
  X87Class kind;
  bool negative;
  bool denormal;
  int exponent;          // of a finite number
  long double fraction;  // its magnitude is fraction * 2^exponent, 1 <= fraction < 2

  bool zero() const { return kind == X87Class::kZero; }
  bool infinite() const { return kind == X87Class::kInfinity; }
  bool invalid() const { return kind >= X87Class::kNan; }
  long double sign() const { return negative ? -1.0L : 1.0L; }
  long double magnitude() const { return zero() ? 0.0L : std::ldexp(fraction, exponent); }
};

inline X87Number x87_number(const X87Reg& r) {
  constexpr int kBias = 16383;
  const int biased = r.sign_exponent & 0x7fff;
  const bool integer_bit = r.significand >> 63;
  X87Number n{X87Class::kFinite, (r.sign_exponent & 0x8000) != 0, false, 0, 0.0L};
  if (biased == 0) {
    n.kind = r.significand == 0 ? X87Class::kZero : X87Class::kFinite;
    n.denormal = r.significand != 0;
  } else if (!integer_bit) {
    n.kind = X87Class::kUnsupported;
  } else if (biased == 0x7fff) {
    n.kind = r.significand << 1 == 0 ? X87Class::kInfinity : X87Class::kNan;
  }
  if (n.kind != X87Class::kFinite) return n;
  int shift;
  n.fraction = 2.0L * std::frexp(static_cast<long double>(r.significand), &shift);
  n.exponent = shift - 1 + (biased == 0 ? 1 : biased) - kBias - 63;
  return n;
}

inline X87Reg x87_reg(long double value) {
  X87Reg r;
  unsigned char bytes[sizeof(long double)];
  std::memcpy(bytes, &value, sizeof(bytes));
  std::memcpy(&r.significand, bytes, 8);
  std::memcpy(&r.sign_exponent, bytes + 8, 2);
  return r;
}

inline X87Value x87_exact(long double value, unsigned status = 0) {
  return {x87_reg(value), static_cast<uint16_t>(status)};
}
inline X87Value x87_invalid() { return {kX87Indefinite, kX87Ie}; }

// What an addition makes of NaNs and unsupported formats is what every
// instruction makes of them.
inline X87Value x87_propagate(const X87Reg& a, const X87Reg& b) {
  X87Value out{};
  host::clear_flags();
  out.status = host::run(kX87ControlInit, nullptr, [&] { return host::add(out.value, a, b); });
  return out;
}

// value * 2^scale, rounded as `control` says; the flags of that join `status`, in
// which PE tells that `value` is itself but a part of the true one.
X87Value x87_rounded(uint16_t control, const Wide& value, int scale, unsigned status = kX87Pe);

}  // namespace vireo
