// Unevaluated sums of two extended-precision numbers, about 128 bits wide: what
// the transcendental functions compute in. Built on additions, multiplications
// and divisions of the x87 format, which every host rounds alike.
#pragma once

#include <limits>

namespace vireo {

static_assert(std::numeric_limits<long double>::digits == 64, "the x87 format is needed");

struct Wide {
  long double hi = 0, lo = 0;
};

// a + b exactly, |a| >= |b|.
inline Wide wide_ordered_sum(long double a, long double b) {
  const long double sum = a + b;
  return {sum, b - (sum - a)};
}
// a + b exactly.
inline Wide wide_sum(long double a, long double b) {
  const long double sum = a + b, from_b = sum - a;
  return {sum, (a - (sum - from_b)) + (b - from_b)};
}
// a * b exactly, by halves of 32 bits.
inline Wide wide_product(long double a, long double b) {
  constexpr long double kSplit = 4294967297.0L;  // 2^32 + 1
  const long double ca = kSplit * a, cb = kSplit * b;
  const long double ah = ca - (ca - a), bh = cb - (cb - b);
  const long double al = a - ah, bl = b - bh;
  const long double product = a * b;
  return {product, ((ah * bh - product) + ah * bl + al * bh) + al * bl};
}

inline Wide operator-(const Wide& a) { return {-a.hi, -a.lo}; }
inline Wide operator+(const Wide& a, const Wide& b) {
  const Wide high = wide_sum(a.hi, b.hi), low = wide_sum(a.lo, b.lo);
  const Wide once = wide_ordered_sum(high.hi, high.lo + low.hi);
  return wide_ordered_sum(once.hi, once.lo + low.lo);
}
inline Wide operator-(const Wide& a, const Wide& b) { return a + -b; }
inline Wide operator*(const Wide& a, const Wide& b) {
  const Wide high = wide_product(a.hi, b.hi);
  return wide_ordered_sum(high.hi, high.lo + (a.hi * b.lo + a.lo * b.hi));
}
inline Wide operator/(const Wide& a, const Wide& b) {
  const long double first = a.hi / b.hi;
  const Wide rest = a - b * Wide{first};
  const long double second = rest.hi / b.hi;
  const Wide last = rest - b * Wide{second};
  const Wide sum = wide_ordered_sum(first, second);
  return wide_ordered_sum(sum.hi, sum.lo + last.hi / b.hi);
}

}  // namespace vireo
