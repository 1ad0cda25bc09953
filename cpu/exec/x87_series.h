// Elementary functions on reduced arguments, to about 120 bits.
#pragma once

#include "cpu/exec/x87_wide.h"

namespace vireo {

Wide wide_ln2();
Wide wide_log2e();
Wide wide_pi();

struct WideSinCos {
  Wide sin, cos;
};
WideSinCos wide_sincos(const Wide& x);  // |x| <= 0.8
Wide wide_expm1(const Wide& x);         // |x| <= 0.7
Wide wide_atanh(const Wide& x);         // |x| <= 0.18
Wide wide_atan(const Wide& x);          // 0 <= x <= 1

}  // namespace vireo
