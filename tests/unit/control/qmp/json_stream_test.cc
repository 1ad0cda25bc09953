// How a stream of bytes is cut into JSON values.
#include "machine/control/qmp/json_stream.h"

#include <doctest/doctest.h>

#include <vector>

#include "machine/control/qmp/json.h"

using namespace vireo;

namespace {

// The values, and "!" with the error for what is none.
std::vector<std::string> cut(JsonStream& stream, std::string_view bytes) {
  std::vector<std::string> pieces;
  for (const char c : bytes) {
    const auto piece = stream.feed(static_cast<uint8_t>(c));
    if (!piece) continue;
    pieces.push_back(piece->error.empty() ? piece->text : "!" + std::string(piece->error));
  }
  return pieces;
}

std::vector<std::string> cut(std::string_view bytes) {
  JsonStream stream;
  return cut(stream, bytes);
}

using Pieces = std::vector<std::string>;

}  // namespace

TEST_CASE("json stream: values need nothing between them, and may be spread over lines") {
  CHECK(cut("{}{\"a\":[1,{}]}\n[]") == Pieces{"{}", "{\"a\":[1,{}]}", "[]"});
  CHECK(cut(" \r\n{\n\"a\"\n:1}\n") == Pieces{"{\n\"a\"\n:1}"});
  CHECK(cut("{\"a\": 1").empty());
}

TEST_CASE("json stream: brackets and quotes in strings are text") {
  CHECK(cut(R"({"a}]":"\"}"}{})") == Pieces{R"({"a}]":"\"}"})", "{}"});
}

TEST_CASE("json stream: strings in single quotes are strings") {
  const Pieces pieces = cut(R"({'a': 'say "x}"', "b": "it's", 'c': 'it\'s \\'})");
  REQUIRE(pieces.size() == 1);
  const Json value = Json::parse(pieces[0]);
  CHECK(value["a"] == "say \"x}\"");
  CHECK(value["b"] == "it's");
  CHECK(value["c"] == "it's \\");
}

TEST_CASE("json stream: what is no value is told once a line") {
  CHECK(cut("hello {} world\n{}") == Pieces{"!an object was expected", "{}"});
  CHECK(cut("{\"a\n{}") == Pieces{"!a string does not end", "{}"});
}

TEST_CASE("json stream: size and depth are bounded") {
  JsonStream stream;
  const std::string opening(JsonStream::kMaxDepth + 1, '[');
  CHECK(cut(stream, opening + "]]]\n{}") == Pieces{"!the value is nested too deeply", "{}"});
  const std::string much = "[\"" + std::string(JsonStream::kMaxBytes + 10, 'a');
  CHECK(cut(stream, much + "\n{}") == Pieces{"!the value is too long", "{}"});
  const std::string most(JsonStream::kMaxDepth, '[');
  CHECK(cut(stream, most + std::string(JsonStream::kMaxDepth, ']')).size() == 1);
}

TEST_CASE("json stream: a byte 0xff begins anew") {
  CHECK(cut("\xff{\"a\":\xff{}") == Pieces{"!the value was broken off", "{}"});
  CHECK(cut("garbage \xff{}") == Pieces{"!an object was expected", "{}"});
}

TEST_CASE("json: text is spaced as QEMU's, and never anything but UTF-8") {
  CHECK(json_text(Json{{"return", Json::object()}}) == R"({"return": {}})");
  CHECK(json_text(Json{{"b", {1, true, nullptr}}, {"a", "x\"y"}}) ==
        R"({"a": "x\"y", "b": [1, true, null]})");
  CHECK(json_text(Json("a\xff")) == "\"a\xef\xbf\xbd\"");
  CHECK(json_text(Json{{"a", 1}}, true) == "{\n    \"a\": 1\n}");
}
