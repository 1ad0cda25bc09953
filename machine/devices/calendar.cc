#include "machine/devices/calendar.h"

namespace vireo {
namespace {

constexpr int64_t kSecondsPerDay = 86400;
constexpr int64_t kDaysPer400Years = 146097;
// Days from 0001-01-01 to 1970-01-01.
constexpr int64_t kEpochDay = 719162;

int64_t floor_div(int64_t value, int64_t by) {
  return value >= 0 ? value / by : -((-value + by - 1) / by);
}

bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int days_in_month(int64_t year, int month) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

// Days from 0001-01-01 to the first day of `year`.
int64_t days_before_year(int64_t year) {
  const int64_t past = year - 1;
  return 365 * past + floor_div(past, 4) - floor_div(past, 100) + floor_div(past, 400);
}

int64_t year_of_day(int64_t day) {
  int64_t year = floor_div(day * 400, kDaysPer400Years) + 1;
  while (days_before_year(year) > day) --year;
  while (days_before_year(year + 1) <= day) ++year;
  return year;
}

}  // namespace

int64_t to_seconds(const CalendarTime& time) {
  const int64_t year = time.year + floor_div(time.month - 1, 12);
  const int last_month = static_cast<int>(time.month - 1 - 12 * floor_div(time.month - 1, 12));
  int64_t days = days_before_year(year) - kEpochDay + time.day - 1;
  for (int month = 1; month <= last_month; ++month) days += days_in_month(year, month);
  return days * kSecondsPerDay + time.hour * 3600 + time.minute * 60 + time.second;
}

CalendarTime from_seconds(int64_t seconds) {
  const int64_t days = floor_div(seconds, kSecondsPerDay);
  const int of_day = static_cast<int>(seconds - days * kSecondsPerDay);
  const int64_t day = days + kEpochDay;
  const int64_t year = year_of_day(day);

  CalendarTime time;
  time.year = static_cast<int>(year);
  time.month = 1;
  int left = static_cast<int>(day - days_before_year(year));
  while (left >= days_in_month(year, time.month)) left -= days_in_month(year, time.month++);
  time.day = left + 1;
  time.hour = of_day / 3600;
  time.minute = of_day / 60 % 60;
  time.second = of_day % 60;
  // 0001-01-01 was a Monday.
  time.weekday = static_cast<int>(day + 1 - 7 * floor_div(day + 1, 7));
  return time;
}

}  // namespace vireo
