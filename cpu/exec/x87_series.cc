#include "cpu/exec/x87_series.h"

#include <array>
#include <cmath>

namespace vireo {
namespace {

// 128 bits given as two integers; the first has `exponent` as its unit.
Wide constant(unsigned long long high, unsigned long long low, int exponent) {
  const long double hi = std::ldexp(static_cast<long double>(high), exponent);
  const long double lo = std::ldexp(static_cast<long double>(low), exponent - 64);
  return wide_ordered_sum(hi, lo);
}

constexpr unsigned kInverses = 64;
using Inverses = std::array<Wide, kInverses>;

const Wide& inverse(unsigned n) {
  static const Inverses table = [] {
    Inverses t;
    for (unsigned i = 1; i < kInverses; ++i) t[i] = Wide{1} / Wide{static_cast<long double>(i)};
    return t;
  }();
  return table[n];
}

// 1 + z/a(1)b(1) (1 + z/a(2)b(2) (...)) for factorial series in z, where term n
// divides by first + 2n and first + 2n - 1.
Wide factorial_series(const Wide& z, unsigned first, unsigned terms) {
  Wide sum{1};
  for (unsigned n = terms; n > 0; --n) {
    const unsigned k = first + 2 * n;
    sum = Wide{1} + z * inverse(k) * inverse(k - 1) * sum;
  }
  return sum;
}

// Sum of z^n / (2n + 1).
Wide odd_series(const Wide& z, unsigned terms) {
  Wide sum = inverse(2 * terms + 1);
  for (unsigned n = terms; n > 0; --n) sum = sum * z + inverse(2 * n - 1);
  return sum;
}

// |x| <= 1/8
Wide small_atan(const Wide& x) { return x * odd_series(-(x * x), 21); }

constexpr unsigned kSteps = 8;

// Arc tangents of i / 8.
const Wide& atan_of_step(unsigned i) {
  static const std::array<Wide, kSteps + 1> table = [] {
    std::array<Wide, kSteps + 1> t;
    for (unsigned k = 1; k <= kSteps; ++k) {
      // tan(a - b) for tangents k/8 and (k-1)/8
      const Wide step = Wide{8} / Wide{static_cast<long double>(64 + k * (k - 1))};
      t[k] = t[k - 1] + small_atan(step);
    }
    return t;
  }();
  return table[i];
}

}  // namespace

Wide wide_ln2() { return constant(0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af, -64); }
Wide wide_log2e() { return constant(0xb8aa3b295c17f0bb, 0xbe87fed0691d3e88, -63); }
Wide wide_pi() { return constant(0xc90fdaa22168c234, 0xc4c6628b80dc1cd1, -62); }

WideSinCos wide_sincos(const Wide& x) {
  const Wide z = -(x * x);
  return {x * factorial_series(z, 1, 16), factorial_series(z, 0, 16)};
}

Wide wide_expm1(const Wide& x) {
  Wide sum{1};
  for (unsigned n = 30; n > 1; --n) sum = Wide{1} + x * inverse(n) * sum;
  return x * sum;
}

Wide wide_atanh(const Wide& x) { return x * odd_series(x * x, 25); }

Wide wide_atan(const Wide& x) {
  const auto step = static_cast<unsigned>(x.hi * kSteps + 0.5L);
  if (step == 0) return small_atan(x);
  const Wide tangent{static_cast<long double>(step) / kSteps};
  return atan_of_step(step) + small_atan((x - tangent) / (Wide{1} + x * tangent));
}

}  // namespace vireo
