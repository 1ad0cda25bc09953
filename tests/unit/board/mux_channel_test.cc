// One channel shared by several users.
#include "machine/board/mux_channel.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/board/fake_host.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

std::string read_all(ByteChannel& channel) {
  std::string text;
  while (const auto byte = channel.read()) text += static_cast<char>(*byte);
  return text;
}

struct MuxBench {
  std::shared_ptr<FakeLine> line = std::make_shared<FakeLine>();
  int quits = 0;
  MuxChannel mux{std::make_unique<FakeChannel>(line), [this] { ++quits; }};
  ByteChannel& first = mux.add_front();
  ByteChannel& second = mux.add_front();

  void type(const std::string& text) {
    line->input.insert(line->input.end(), text.begin(), text.end());
  }
};

}  // namespace

TEST_CASE("input goes to the first user, and after Ctrl-A C to the next") {
  MuxBench bench;
  bench.type(
      "one\x01"
      "ctwo\x01"
      "Cone again");
  CHECK(read_all(bench.second) == "two");  // whoever reads, each gets its own
  CHECK(read_all(bench.first) == "oneone again");
}

TEST_CASE("the user to whom the input turns is told of an arrival once") {
  MuxBench bench;
  bench.type(
      "\x01"
      "c");
  CHECK_FALSE(bench.second.take_arrival());
  bench.first.read();
  CHECK(bench.second.take_arrival());
  CHECK_FALSE(bench.second.take_arrival());
  CHECK_FALSE(bench.first.take_arrival());
}

TEST_CASE("escapes: a Ctrl-A itself, help, the end; others are dropped") {
  MuxBench bench;
  bench.type(
      "a\x01\x01"
      "b\x01"
      "qc\x01"
      "h\x01"
      "x");
  CHECK(read_all(bench.first) ==
        "a\x01"
        "bc");
  CHECK(bench.line->output.find("Ctrl-A C") != std::string::npos);
  CHECK(bench.quits == 1);
}

TEST_CASE("output of all users goes out") {
  MuxBench bench;
  const uint8_t a = 'a', b = 'b';
  bench.first.write({&a, 1});
  bench.second.write({&b, 1});
  CHECK(bench.line->output == "ab");
}

TEST_CASE("a user that takes nothing does not keep the keys from working for long") {
  MuxBench bench;
  bench.type(std::string(100, 'g') +
             "\x01"
             "cm");
  CHECK(read_all(bench.second) == "m");
  // Beyond a bound the rest waits outside.
  bench.type(
      "\x01"
      "c" +
      std::string(10'000, 'g'));
  CHECK(read_all(bench.second).empty());
  CHECK(bench.line->input.size() > 5'000);
  CHECK(read_all(bench.first).size() == 10'100);
}
