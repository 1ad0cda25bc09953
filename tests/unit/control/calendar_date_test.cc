#include "machine/control/calendar_date.h"

#include <doctest/doctest.h>

namespace vireo {
namespace {

TEST_CASE("dates and times are seconds since 1970") {
  CHECK(parse_date("1970-01-01") == 0);
  CHECK(parse_date("1970-01-02T00:00:01") == 86401);
  CHECK(parse_date("2000-02-29") == 951782400);
  CHECK(parse_date("2026-01-01") == 1767225600);
  CHECK(parse_date("2099-12-31T23:59:59") == 4102444799);
}

TEST_CASE("what is no date is refused") {
  for (const char* text :
       {"", "2026", "2026-13-01", "2026-00-01", "2026-02-29", "2026-01-32", "2026-01-00",
        "1969-12-31", "2100-01-01", "2026-1-1", "2026-01-01T", "2026-01-01T24:00:00",
        "2026-01-01T00:60:00", "2026-01-01T00:00", "2026-01-01T00:00:00Z", "2026-01-01 00:00:00",
        "-026-01-01", "2026-01-01T00:00:00x"}) {
    CHECK_MESSAGE(!parse_date(text).has_value(), text);
  }
}

}  // namespace
}  // namespace vireo
