// Conversions between a float and an integer in a general register, for SSE and AVX.
#pragma once

#include "cpu/exec/sse.h"
#include "cpu/exec/sse_float_ops.h"
#include "cpu/exec/sse_handler.h"

namespace vireo {

template <typename T>
__m128i cvtsi2ss(__m128i d, T v) { return host::from_integer_ss(d, v); }
template <typename T>
__m128i cvtsi2sd(__m128i d, T v) { return host::from_integer_sd(d, v); }

// The handlers of member `arg`; `Make::handlers<f, T, source>()` puts them under
// the gate of their encoding.
template <class Make, typename T>
VecHandlers to_integer_handlers(unsigned arg) {
  switch (arg) {
    case kCvtss2si: return Make::template handlers<host::cvtss2si<T>, T, VecSource::k32>();
    case kCvtsd2si: return Make::template handlers<host::cvtsd2si<T>, T, VecSource::k64>();
    case kCvttss2si: return Make::template handlers<host::cvttss2si<T>, T, VecSource::k32>();
    case kCvttsd2si: return Make::template handlers<host::cvttsd2si<T>, T, VecSource::k64>();
    default: return {};
  }
}

}  // namespace vireo
