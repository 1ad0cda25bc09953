// Half precision: every half, and the singles at the edges of rounding.
#include "cpu/exec/half_float.h"

#include <doctest/doctest.h>

#include "cpu/exec/sse_env.h"

namespace vireo {
namespace {

uint32_t single_of(uint16_t half) {
  uint32_t flags = 0;
  return single_of_half(half, flags);
}

TEST_CASE("every half becomes a single and the same half again, exactly") {
  for (uint32_t half = 0; half < 0x10000; ++half) {
    const bool nan = (half & 0x7fff) > 0x7c00;
    for (const unsigned rounding : {0u, 1u, 2u, 3u}) {
      const uint32_t single = single_of(static_cast<uint16_t>(half));
      const HalfResult back = half_of_single(single, rounding, false);
      CHECK(back.value == (nan ? half | 0x200 : half));
      CHECK(back.flags == 0);
    }
  }
}

TEST_CASE("known values") {
  CHECK(single_of(0x3c00) == 0x3f800000);  // 1
  CHECK(single_of(0x0001) == 0x33800000);  // 2^-24
  CHECK(single_of(0x7bff) == 0x477fe000);  // 65504
  uint32_t flags = 0;
  CHECK(single_of_half(0xfc01, flags) == 0xffc02000);
  CHECK(flags == kMxcsrIe);
}

struct Case {
  uint32_t single;
  unsigned rounding;  // 0 nearest, 1 down, 2 up, 3 truncate
  uint16_t half;
  uint32_t flags;
  bool tiny;
};
constexpr Case kCases[] = {
    {0x3f801000, 0, 0x3c00, kMxcsrPe, false},             // a tie goes to even
    {0x3f803000, 0, 0x3c02, kMxcsrPe, false},
    {0x3f800001, 2, 0x3c01, kMxcsrPe, false},
    {0xbf800001, 1, 0xbc01, kMxcsrPe, false},
    {0x477ff000, 0, 0x7c00, kMxcsrOe | kMxcsrPe, false},  // 65520 is half way to 65536
    {0x477fefff, 0, 0x7bff, kMxcsrPe, false},
    {0x7f7fffff, 3, 0x7bff, kMxcsrOe | kMxcsrPe, false},
    {0xff7fffff, 2, 0xfbff, kMxcsrOe | kMxcsrPe, false},
    {0x33000000, 0, 0x0000, kMxcsrUe | kMxcsrPe, true},   // half of the least half
    {0x33000001, 0, 0x0001, kMxcsrUe | kMxcsrPe, true},
    {0x33800000, 0, 0x0001, 0, true},
    {0x387fffff, 0, 0x0400, kMxcsrPe, false},             // tininess is found after rounding
    {0x387fffff, 3, 0x03ff, kMxcsrUe | kMxcsrPe, true},
    {0x00000001, 2, 0x0001, kMxcsrDe | kMxcsrUe | kMxcsrPe, true},
    {0x7fa00000, 0, 0x7f00, kMxcsrIe, false},
};

TEST_CASE("singles round to halves with the SDM's flags") {
  for (const Case& c : kCases) {
    CAPTURE(c.single);
    const HalfResult result = half_of_single(c.single, c.rounding, false);
    CHECK(result.value == c.half);
    CHECK(result.flags == c.flags);
    CHECK(result.tiny == c.tiny);
  }
}

TEST_CASE("denormal singles are zeros under DAZ") {
  const HalfResult result = half_of_single(0x80000001, 1, true);
  CHECK(result.value == 0x8000);
  CHECK(result.flags == 0);
}

}  // namespace
}  // namespace vireo
