// -at: moments and commands.
#include "machine/control/scheduled_command.h"

#include <doctest/doctest.h>

namespace vireo {

TEST_CASE("durations are exact nanoseconds") {
  CHECK(parse_duration_ns("2.5s") == 2'500'000'000);
  CHECK(parse_duration_ns("800ms") == 800'000'000);
  CHECK(parse_duration_ns("0.000000001s") == 1);
  CHECK(parse_duration_ns("1.5us") == 1'500);
  CHECK(parse_duration_ns("7ns") == 7);
  CHECK(parse_duration_ns("0s") == 0);
  for (const char* bad : {"", "s", "5", "1.s", ".5s", "1.0000000001s", "1.5ns", "-1s", "1 s",
                          "1e3s", "99999999999999999999s", "1..5s"}) {
    CHECK_MESSAGE(!parse_duration_ns(bad).has_value(), bad);
  }
}

TEST_CASE("a command follows its time; commas in it are its own") {
  const auto timed = parse_scheduled_command("1s,device_add virtio-blk-pci,drive=d,id=x");
  REQUIRE(timed.ok());
  CHECK(timed->marker.empty());
  CHECK(timed->after_ns == 1'000'000'000);
  CHECK(timed->command == "device_add virtio-blk-pci,drive=d,id=x");
}

TEST_CASE("a marker may have commas, and a time after it") {
  const auto marked = parse_scheduled_command("marker=^a,,b$,after=10ms,quit");
  REQUIRE(marked.ok());
  CHECK(marked->marker == "^a,b$");
  CHECK(marked->after_ns == 10'000'000);
  CHECK(marked->command == "quit");
  const auto at_once = parse_scheduled_command("marker=ready,system_reset");
  REQUIRE(at_once.ok());
  CHECK(at_once->after_ns == 0);
}

}  // namespace vireo
