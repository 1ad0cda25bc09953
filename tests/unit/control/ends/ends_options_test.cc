// -until, -fail-on, the limits and the files of a run's end.
#include "tests/unit/control/parse.h"

using namespace vireo;

TEST_CASE("patterns add up, limits have units") {
  const EndsConfig ends =
      parse_good({"-until", "a", "-until", "b", "-fail-on", "c", "-limit-insns", "20G",
                  "-limit-time", "1.5s", "-serial-expect", "log", "-exit-report", "r.json"})
          .ends;
  CHECK(ends.until == std::vector<std::string>{"a", "b"});
  CHECK(ends.fail_on == std::vector<std::string>{"c"});
  CHECK(ends.limit_instructions == 20'000'000'000);
  CHECK(ends.limit_ns == 1'500'000'000);
  CHECK(ends.serial_expect == "log");
  CHECK(ends.exit_report == "r.json");
  CHECK(parse_good({"-limit-insns", "7k"}).ends.limit_instructions == 7000);
}

TEST_CASE("what is no pattern, number or time is named") {
  CHECK(error_of({"-until", "a("}).find("-until: 'a(' is no regular expression") == 0);
  CHECK(error_of({"-fail-on", ""}) == "-fail-on needs a regular expression");
  for (const char* bad : {"", "x", "1x", "-1", "99999999999T", "1KK"}) {
    CHECK(error_of({"-limit-insns", bad}).find("-limit-insns: ") == 0);
  }
  CHECK(error_of({"-limit-time", "30"}).find("-limit-time: '30' is no time") == 0);
}
