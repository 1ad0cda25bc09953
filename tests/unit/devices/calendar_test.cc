#include "machine/devices/calendar.h"

#include <doctest/doctest.h>

namespace vireo {
namespace {

TEST_CASE("calendar knows the epoch and leap days") {
  CHECK(from_seconds(0) == CalendarTime{1970, 1, 1, 0, 0, 0, 4});
  CHECK(from_seconds(951782400) == CalendarTime{2000, 2, 29, 0, 0, 0, 2});
  CHECK(from_seconds(4107542400) == CalendarTime{2100, 3, 1, 0, 0, 0, 1});
  CHECK(from_seconds(-1) == CalendarTime{1969, 12, 31, 23, 59, 59, 3});
}

TEST_CASE("calendar conversions are inverse over four centuries") {
  bool all = true;
  for (int64_t s = -6'000'000'000; s < 7'000'000'000; s += 86'399 * 7) {
    all = all && to_seconds(from_seconds(s)) == s;
  }
  CHECK(all);
}

TEST_CASE("calendar fields out of range carry") {
  CHECK(to_seconds(CalendarTime{2023, 13, 1}) == to_seconds(CalendarTime{2024, 1, 1}));
  CHECK(to_seconds(CalendarTime{2023, 0, 1}) == to_seconds(CalendarTime{2022, 12, 1}));
  CHECK(to_seconds(CalendarTime{2023, 2, 29}) == to_seconds(CalendarTime{2023, 3, 1}));
}

}  // namespace
}  // namespace vireo
