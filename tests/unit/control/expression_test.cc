// What the monitor makes of numbers and formats that are typed.
#include "machine/control/monitor/expression.h"

#include <doctest/doctest.h>

#include "machine/control/monitor/number_format.h"

using namespace vireo;

namespace {

std::optional<uint64_t> registers(std::string_view name) {
  if (name == "rax") return 0x1000;
  if (name == "cs.base") return 0x8000;
  return std::nullopt;
}

uint64_t value(std::string_view text) {
  const auto result = evaluate(text, registers);
  REQUIRE_MESSAGE(result.ok(), text);
  return *result;
}

std::string error(std::string_view text) {
  const auto result = evaluate(text, registers);
  REQUIRE_FALSE(result.ok());
  return result.error().message;
}

NumberFormat format(std::string_view text) {
  const auto result = parse_number_format(text, {});
  REQUIRE(result.ok());
  return *result;
}

}  // namespace

TEST_CASE("expressions: numbers, registers and characters") {
  CHECK(value("10") == 10);
  CHECK(value(" 0x1F ") == 31);
  CHECK(value("0b101") == 5);
  CHECK(value("'A'") == 65);
  CHECK(value("$rax+0x10") == 0x1010);
  CHECK(value("$cs.base+$rax") == 0x9000);
  CHECK(value("0xffffffffffffffff") == UINT64_MAX);
}

TEST_CASE("expressions: operators bind as in C, and wrap") {
  CHECK(value("2+3*4") == 14);
  CHECK(value("(2+3)*4") == 20);
  CHECK(value("20-5-3") == 12);
  CHECK(value("7&3|8^1") == 11);
  CHECK(value("-1") == UINT64_MAX);
  CHECK(value("~0 & 0xff") == 0xff);
  CHECK(value("17%5 + 9/2") == 6);
  CHECK(value("0-$rax") == UINT64_MAX - 0xfff);
}

TEST_CASE("expressions: errors name what is wrong") {
  CHECK(error("") == "a number is missing");
  CHECK(error("1+") == "a number is missing");
  CHECK(error("$foo") == "there is no register '$foo'");
  CHECK(error("12x") == "'12x' is no number");
  CHECK(error("(1") == "')' is missing");
  CHECK(error("1 2") == "'2' was not expected");
  CHECK(error("1/0") == "division by zero");
  CHECK(error("0x10000000000000000") == "'0x10000000000000000' is no number");
  CHECK(error("'ab'") == "a character is written as 'c'");
  CHECK(error("#") == "'#' is no number");
  CHECK(error(std::string(1000, '(')) == "the expression is nested too deeply");
  CHECK(error(std::string(1000, '-')) == "the expression is nested too deeply");
}

TEST_CASE("formats: count, kind and size in any order after the count") {
  CHECK(format("").count == 1);
  CHECK(format("/12xg").count == 12);
  CHECK(format("/12xg").size == 8);
  CHECK(format("/bd").kind == 'd');
  CHECK(format("/c").size == 1);
  CHECK_FALSE(parse_number_format("/z", {}).ok());
  CHECK_FALSE(parse_number_format("/0x", {}).ok());
  CHECK_FALSE(parse_number_format("/99999999999x", {}).ok());
  CHECK_FALSE(parse_number_format("/4 x", {}).ok());
}

TEST_CASE("formats: numbers of each kind") {
  CHECK(format("/xb").text(10) == "0x0a");
  CHECK(format("/xg").text(10) == "0x000000000000000a");
  CHECK(format("/dh").text(0xfffe) == "-2");
  CHECK(format("/uh").text(0xfffe) == "65534");
  CHECK(format("/ob").text(8) == "0010");
  CHECK(format("/c").text('A') == "'A'");
  CHECK(format("/c").text(10) == "'\\x0a'");
}
