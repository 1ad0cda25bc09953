// The proleptic Gregorian calendar, as far as a clock chip needs it.
#pragma once

#include <cstdint>

namespace vireo {

struct CalendarTime {
  int year = 1970;
  int month = 1;    // 1-12
  int day = 1;      // 1-31
  int hour = 0;     // 0-23
  int minute = 0;   // 0-59
  int second = 0;   // 0-59
  int weekday = 4;  // 0 = Sunday; ignored by to_seconds

  bool operator==(const CalendarTime&) const = default;
};

// Seconds since 1970-01-01 00:00. Fields out of range carry into the next one.
int64_t to_seconds(const CalendarTime& time);
CalendarTime from_seconds(int64_t seconds);

}  // namespace vireo
