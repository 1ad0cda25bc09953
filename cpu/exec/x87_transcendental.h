// The transcendental x87 functions (SDM 1, 8.3.7 to 8.3.10).
#pragma once

#include <cstdint>

#include "cpu/state/cpu_state.h"

namespace vireo {

// A result and its status word: exceptions, C1, C2 (operand out of range). The
// value is what masked exceptions give.
struct X87Value {
  X87Reg value;
  uint16_t status;
};
struct X87Pair {
  X87Reg first, second;  // first replaces ST(0), then second is pushed
  uint16_t status;
};

// `control` gives the rounding mode; precision control does not apply.
X87Value x87_2xm1(uint16_t control, const X87Reg& x);
X87Value x87_sin(uint16_t control, const X87Reg& x);
X87Value x87_cos(uint16_t control, const X87Reg& x);
X87Pair x87_tan(uint16_t control, const X87Reg& x);     // tan x, 1
X87Pair x87_sincos(uint16_t control, const X87Reg& x);  // sin x, cos x
X87Value x87_yl2x(uint16_t control, const X87Reg& y, const X87Reg& x);
X87Value x87_yl2xp1(uint16_t control, const X87Reg& y, const X87Reg& x);
X87Value x87_atan(uint16_t control, const X87Reg& y, const X87Reg& x);

}  // namespace vireo
