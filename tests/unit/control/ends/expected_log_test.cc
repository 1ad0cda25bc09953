// Expected serial logs: what matches, what differs, and how that is shown.
#include "machine/control/ends/expected_log.h"

#include <doctest/doctest.h>

#include "machine/board/line_watch.h"

using namespace vireo;

namespace {

ExpectedLog log_of(std::string_view text) {
  auto log = ExpectedLog::parse(text, "golden");
  REQUIRE_MESSAGE(log.ok(), log.error().message);
  return std::move(*log);
}

// How many of the lines are taken.
size_t taken(ExpectedLog& log, std::initializer_list<const char*> lines) {
  size_t count = 0;
  for (const char* line : lines) {
    if (!log.take(line)) break;
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("an expected log matches line by line, whatever ends the file's lines") {
  for (const char* text : {"one\ntwo\n", "one\r\ntwo\r\n", "one\ntwo"}) {
    ExpectedLog log = log_of(text);
    CHECK(taken(log, {"one"}) == 1);
    CHECK(!log.complete());
    CHECK(taken(log, {"two"}) == 1);
    CHECK(log.complete());
    CHECK(taken(log, {"three"}) == 0);
  }
}

TEST_CASE("a pattern must match the whole line") {
  ExpectedLog log = log_of("%%re \\[ *[0-9.]+\\] up\n%%re a.*\n");
  CHECK(taken(log, {"[    0.125] up", "bab"}) == 1);
}

TEST_CASE("a skip takes lines until the next expected one, or all to the end") {
  ExpectedLog middle = log_of("one\n%%skip\nfour\nfive\n");
  CHECK(taken(middle, {"one", "two", "three", "four", "five"}) == 5);
  CHECK(middle.complete());
  ExpectedLog end = log_of("one\n%%skip\n");
  CHECK(taken(end, {"one", "two", "three"}) == 3);
  CHECK(end.complete());
  ExpectedLog start = log_of("%%skip\n%%skip\n%%re x+\n");
  CHECK(!start.complete());
  CHECK(taken(start, {"a", "xx", "b"}) == 2);
}

TEST_CASE("a line that looks like a directive is written with %%is") {
  ExpectedLog log = log_of("%%is %%skip\n% one\n");
  CHECK(taken(log, {"%%skip", "% one"}) == 2);
}

TEST_CASE("lines are compared as far as lines are told") {
  const std::string line(LineWatch::kMaxLine, 'x');
  ExpectedLog log = log_of(line + "yyy\n");
  CHECK(log.take(line));
}

TEST_CASE("a wrong directive is named with its place") {
  const auto word = ExpectedLog::parse("a\n%%skpi\n", "golden");
  REQUIRE(!word.ok());
  CHECK(word.error().message.find("golden:2: no such directive: %%skpi") != std::string::npos);
  const auto regex = ExpectedLog::parse("%%re a(\n", "golden");
  REQUIRE(!regex.ok());
  CHECK(regex.error().message.find("golden:1: no regular expression: a(") != std::string::npos);
}

TEST_CASE("a difference is shown with the lines around it") {
  ExpectedLog log = log_of("1\n2\n3\n4\n5\n6\n7\n8\n9\n");
  REQUIRE(taken(log, {"1", "2", "3", "4", "five"}) == 4);
  CHECK(log.difference("five") ==
        "golden:5: the guest printed something else\n"
        "    2\n    3\n    4\n  - 5\n  + five\n    6\n    7\n    8\n");
  CHECK(log.difference(std::nullopt) ==
        "golden:5: the guest ended before this line\n"
        "    2\n    3\n    4\n  - 5\n    6\n    7\n    8\n");
}

TEST_CASE("more than is expected is a difference, too") {
  ExpectedLog log = log_of("1\n");
  REQUIRE(taken(log, {"1", "2"}) == 1);
  CHECK(log.difference("2") == "golden: the guest printed more than is expected\n    1\n  + 2\n");
}
