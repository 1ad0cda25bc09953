// Not the host's FSIN and FPATAN: processors differ in the last bits of these,
// and a run must not depend on the host. Each result is the true value, computed
// to some 120 bits, rounded once.
#include "cpu/exec/x87_transcendental.h"

#include <algorithm>
#include <limits>

#include "cpu/exec/x87_number.h"
#include "cpu/exec/x87_series.h"

namespace vireo {
namespace {

// Below this exponent the second term of a series is only a hint of direction.
constexpr int kLeastHint = -150;

uint16_t denormal_flag(const X87Number& n) { return n.denormal ? kX87De : 0; }

// fraction * (1 + share * x^2) for a number too small for more terms, without
// its exponent.
Wide nearly_itself(const X87Number& x, long double share) {
  const long double square =
      std::ldexp(x.fraction * x.fraction, std::max(2 * x.exponent, kLeastHint));
  const long double signed_fraction = x.sign() * x.fraction;
  return wide_ordered_sum(signed_fraction, signed_fraction * share * square);
}
constexpr int kTinyExponent = -40;

// --- circular functions ---

// x = quadrant * pi / 2 + rest, with the 66-bit pi of x87 processors (SDM 1,
// 8.3.8), by which the rest is exact.
struct Reduced {
  unsigned quadrant;
  Wide rest;
};

Reduced reduce(const X87Number& x) {
  if (x.exponent < -1) return {0, Wide{x.sign() * x.magnitude()}};
  using Unsigned = unsigned __int128;
  // In units of 2^-65, half of pi has 66 bits and x is whole.
  constexpr Unsigned kHalfPi = Unsigned{3} << 64 | 0x243f6a8885a308d3;
  const auto significand = static_cast<uint64_t>(std::ldexp(x.fraction, 63));
  const Unsigned units = Unsigned{significand} << (x.exponent - 63 + 65);
  Unsigned quotient = units / kHalfPi, rest = units % kHalfPi;
  const bool above = rest > kHalfPi / 2;
  if (above) {
    ++quotient;
    rest = kHalfPi - rest;
  }
  const long double high = static_cast<long double>(static_cast<uint64_t>(rest >> 32));
  const long double low = static_cast<long double>(static_cast<uint32_t>(rest));
  Wide value = wide_ordered_sum(std::ldexp(high, 32 - 65), std::ldexp(low, -65));
  if (above != x.negative) value = -value;
  const auto quadrant = static_cast<unsigned>(quotient & 3);
  return {x.negative ? (4 - quadrant) & 3 : quadrant, value};
}

WideSinCos sincos(const X87Number& x) {
  const Reduced r = reduce(x);
  const WideSinCos at_rest = wide_sincos(r.rest);
  switch (r.quadrant) {
    case 0: return at_rest;
    case 1: return {at_rest.cos, -at_rest.sin};
    case 2: return {-at_rest.sin, -at_rest.cos};
    default: return {-at_rest.cos, at_rest.sin};
  }
}

bool out_of_range(const X87Number& x) {
  return x.kind == X87Class::kFinite && x.exponent >= 63;
}

// What sine, cosine and tangent answer alike; false when x is to be computed.
bool circular_special(const X87Reg& in, const X87Number& x, X87Value& out) {
  if (x.invalid()) out = x87_propagate(in, in);
  else if (x.infinite()) out = x87_invalid();
  else if (out_of_range(x)) out = {in, kX87C2};
  else return false;
  return true;
}

X87Value sine_of(uint16_t control, const X87Reg& in, const X87Number& x) {
  if (x.zero()) return {in, 0};
  const unsigned flags = kX87Pe | denormal_flag(x);
  if (x.exponent < kTinyExponent) {
    return x87_rounded(control, nearly_itself(x, -1.0L / 6), x.exponent, flags);
  }
  return x87_rounded(control, sincos(x).sin, 0, flags);
}

X87Value cosine_of(uint16_t control, const X87Number& x) {
  if (x.zero()) return x87_exact(1);
  const unsigned flags = kX87Pe | denormal_flag(x);
  if (x.exponent < kTinyExponent) {
    return x87_rounded(control, {1, -std::ldexp(0.5L, std::max(2 * x.exponent, kLeastHint))}, 0,
                       flags);
  }
  return x87_rounded(control, sincos(x).cos, 0, flags);
}

// --- logarithms ---

// log2 of 1.f * 2^exponent.
Wide log2_of(const X87Number& x) {
  long double m = x.fraction;
  int exponent = x.exponent;
  if (m > 1.41421356L) {
    m /= 2;
    ++exponent;
  }
  const Wide ratio = Wide{m - 1} / wide_sum(m, 1);
  const Wide fractional = wide_atanh(ratio) * wide_log2e();
  return Wide{static_cast<long double>(exponent)} + fractional + fractional;
}

// log2 of 1 + x, x > -1, as exact near 0 as elsewhere.
Wide log2_of_one_plus(const X87Number& x) {
  Wide sum = wide_sum(1, x.sign() * x.magnitude());
  int exponent = std::ilogb(sum.hi);
  if (std::ldexp(sum.hi, -exponent) > 1.41421356L) ++exponent;
  sum = {std::ldexp(sum.hi, -exponent), std::ldexp(sum.lo, -exponent)};
  const Wide fractional = wide_atanh((sum - Wide{1}) / (sum + Wide{1})) * wide_log2e();
  return Wide{static_cast<long double>(exponent)} + fractional + fractional;
}

// y * value, y finite and not zero.
X87Value times(uint16_t control, const X87Number& y, const Wide& value, int scale,
               unsigned flags) {
  const Wide product = Wide{y.sign() * y.fraction} * value;
  return x87_rounded(control, product, y.exponent + scale, flags);
}

// A zero or an infinity whose sign is that of y, or the opposite one.
long double signed_by(const X87Number& y, long double value, bool flip = false) {
  return y.negative != flip ? -value : value;
}

constexpr long double kInfinity = std::numeric_limits<long double>::infinity();

// y * log where the logarithm is infinite or y is zero or infinite. `log_sign`
// is -1, 0 or 1.
X87Value special_product(const X87Number& y, int log_sign, bool log_infinite, unsigned flags) {
  const bool zero_times_infinity =
      (y.zero() && log_infinite) || (y.infinite() && log_sign == 0);
  if (zero_times_infinity) return x87_invalid();
  const long double size = y.infinite() || log_infinite ? kInfinity : 0.0L;
  return x87_exact(signed_by(y, size, log_sign < 0), flags);
}

// --- arc tangent ---

// The angle of `ratio` in the first octant, as pi / 2 - angle when the operands
// were exchanged, then in the quadrant of x's sign.
Wide in_quadrant(Wide angle, bool exchanged, bool left) {
  const Wide half_pi = wide_pi() * Wide{0.5L};
  if (exchanged) angle = half_pi - angle;
  return left ? wide_pi() - angle : angle;
}

// y / x for |y| <= |x|, or 2^-150 instead of what is less.
Wide bounded_ratio(const X87Number& small, const X87Number& large) {
  const int scale = std::max(small.exponent - large.exponent, kLeastHint);
  const long double factor = std::ldexp(1.0L, scale);
  const Wide ratio = Wide{small.fraction} / Wide{large.fraction};
  return {ratio.hi * factor, ratio.lo * factor};
}

bool magnitude_less(const X87Number& a, const X87Number& b) {
  if (a.exponent != b.exponent) return a.exponent < b.exponent;
  return a.fraction < b.fraction;
}

X87Value signed_angle(uint16_t control, const X87Number& y, const Wide& angle, unsigned flags) {
  return x87_rounded(control, y.negative ? -angle : angle, 0, flags);
}

// y or x is zero or infinite.
X87Value special_angle(uint16_t control, const X87Number& y, const X87Number& x,
                       unsigned flags) {
  const bool along_x = y.zero() || (x.infinite() && !y.infinite());
  if (along_x && !x.negative) return x87_exact(signed_by(y, 0.0L), flags);
  Wide share{0.5L};  // of pi
  if (along_x) share = Wide{1};
  else if (x.infinite()) share = Wide{x.negative ? 0.75L : 0.25L};
  return signed_angle(control, y, wide_pi() * share, flags | kX87Pe);
}

// A ratio so small that the angle is the ratio, a little less.
X87Value tiny_angle(uint16_t control, const X87Number& y, const X87Number& x, unsigned flags) {
  Wide ratio = Wide{y.fraction} / Wide{x.fraction};
  ratio = ratio - Wide{std::ldexp(ratio.hi, -125)};
  return x87_rounded(control, y.negative ? -ratio : ratio, y.exponent - x.exponent, flags);
}

}  // namespace

X87Value x87_rounded(uint16_t control, const Wide& value, int scale, unsigned status) {
  const auto rounding = static_cast<uint16_t>((control & 0x0c00) | kX87ControlInit);
  const X87Reg high = x87_reg(value.hi), low = x87_reg(value.lo);
  X87Value out{};
  host::clear_flags();
  const uint16_t sum =
      host::run(rounding, nullptr, [&] { return host::add(out.value, high, low); });
  out.status = static_cast<uint16_t>(status | (sum & (kX87C1 | kX87Pe)));
  if (scale == 0) return out;
  const X87Reg rounded = out.value, exponent = x87_reg(static_cast<long double>(scale));
  host::clear_flags();
  const uint16_t scaled = host::run(rounding, nullptr, [&] {
    return host::scale(out.value, rounded, exponent);
  });
  if (scaled & kX87Pe) out.status = static_cast<uint16_t>((out.status & ~kX87C1) | scaled);
  // An inexact result in the range of denormals is an underflow even if its
  // last bits happen to be zero.
  if ((status & kX87Pe) && (out.value.sign_exponent & 0x7fff) == 0) out.status |= kX87Ue;
  return out;
}

X87Value x87_2xm1(uint16_t control, const X87Reg& in) {
  const X87Number x = x87_number(in);
  if (x.invalid()) return x87_propagate(in, in);
  if (x.zero()) return {in, 0};
  if (x.infinite()) return x.negative ? x87_exact(-1) : X87Value{in, 0};
  if (x.exponent >= 0) {
    if (x.exponent > 0 || x.fraction != 1) return {in, kX87Pe};  // beyond +-1: left open
    return x87_exact(x.negative ? -0.5L : 1.0L);
  }
  const unsigned flags = kX87Pe | denormal_flag(x);
  if (x.exponent < -130) return times(control, x, wide_ln2(), 0, flags);
  return x87_rounded(control, wide_expm1(Wide{x.sign() * x.magnitude()} * wide_ln2()), 0, flags);
}

X87Value x87_sin(uint16_t control, const X87Reg& in) {
  const X87Number x = x87_number(in);
  X87Value out;
  return circular_special(in, x, out) ? out : sine_of(control, in, x);
}

X87Value x87_cos(uint16_t control, const X87Reg& in) {
  const X87Number x = x87_number(in);
  X87Value out;
  return circular_special(in, x, out) ? out : cosine_of(control, x);
}

X87Pair x87_tan(uint16_t control, const X87Reg& in) {
  const X87Number x = x87_number(in);
  X87Value out;
  if (circular_special(in, x, out)) return {out.value, out.value, out.status};
  const X87Reg one = x87_reg(1);
  if (x.zero()) return {in, one, 0};
  const unsigned flags = kX87Pe | denormal_flag(x);
  if (x.exponent < kTinyExponent) {
    out = x87_rounded(control, nearly_itself(x, 1.0L / 3), x.exponent, flags);
  } else {
    const WideSinCos both = sincos(x);
    out = x87_rounded(control, both.sin / both.cos, 0, flags);
  }
  return {out.value, one, out.status};
}

X87Pair x87_sincos(uint16_t control, const X87Reg& in) {
  const X87Number x = x87_number(in);
  X87Value out;
  if (circular_special(in, x, out)) return {out.value, out.value, out.status};
  const X87Value sine = sine_of(control, in, x), cosine = cosine_of(control, x);
  // C1 tells of the cosine, which is on top.
  const unsigned status = (sine.status & ~kX87C1) | cosine.status;
  return {sine.value, cosine.value, static_cast<uint16_t>(status)};
}

X87Value x87_yl2x(uint16_t control, const X87Reg& y_in, const X87Reg& x_in) {
  const X87Number y = x87_number(y_in), x = x87_number(x_in);
  if (y.invalid() || x.invalid()) return x87_propagate(y_in, x_in);
  if (x.negative && !x.zero()) return x87_invalid();
  const unsigned denormal = denormal_flag(y) | denormal_flag(x);
  if (x.zero()) {
    const bool divides = !y.zero() && !y.infinite();
    return special_product(y, -1, true, divides ? kX87Ze : denormal);
  }
  const bool one = !x.infinite() && x.exponent == 0 && x.fraction == 1;
  const int log_sign = one ? 0 : x.infinite() || x.exponent >= 0 ? 1 : -1;
  if (x.infinite() || y.infinite() || y.zero() || one) {
    return special_product(y, log_sign, x.infinite(), denormal);
  }
  return times(control, y, log2_of(x), 0, denormal | kX87Pe);
}

X87Value x87_yl2xp1(uint16_t control, const X87Reg& y_in, const X87Reg& x_in) {
  const X87Number y = x87_number(y_in), x = x87_number(x_in);
  if (y.invalid() || x.invalid()) return x87_propagate(y_in, x_in);
  const unsigned denormal = denormal_flag(y) | denormal_flag(x);
  if (x.zero()) {
    if (y.infinite()) return x87_invalid();
    return x87_exact(signed_by(y, 0.0L, x.negative), denormal);
  }
  if (x.infinite()) return x.negative ? x87_invalid() : special_product(y, 1, true, denormal);
  if (y.zero() || y.infinite()) return special_product(y, x.negative ? -1 : 1, false, denormal);
  const unsigned flags = denormal | kX87Pe;
  if (x.negative && x.exponent >= 0) {  // 1 + x is not positive: left open
    return {x_in, static_cast<uint16_t>(flags)};
  }
  if (x.exponent < -130) {
    return times(control, y, Wide{x.sign() * x.fraction} * wide_log2e(), x.exponent, flags);
  }
  return times(control, y, log2_of_one_plus(x), 0, flags);
}

X87Value x87_atan(uint16_t control, const X87Reg& y_in, const X87Reg& x_in) {
  const X87Number y = x87_number(y_in), x = x87_number(x_in);
  if (y.invalid() || x.invalid()) return x87_propagate(y_in, x_in);
  const unsigned denormal = denormal_flag(y) | denormal_flag(x);
  if (y.zero() || x.zero() || y.infinite() || x.infinite()) {
    return special_angle(control, y, x, denormal);
  }
  const unsigned flags = denormal | kX87Pe;
  if (!x.negative && y.exponent - x.exponent < -70) return tiny_angle(control, y, x, flags);
  const bool exchanged = magnitude_less(x, y);
  const Wide ratio = exchanged ? bounded_ratio(x, y) : bounded_ratio(y, x);
  return signed_angle(control, y, in_quadrant(wide_atan(ratio), exchanged, x.negative), flags);
}

}  // namespace vireo
