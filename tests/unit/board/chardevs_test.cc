// Named channels and their users.
#include "machine/board/chardevs.h"

#include <doctest/doctest.h>

#include "tests/unit/board/fake_host.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

using Kind = ChannelSpec::Kind;

struct ChardevBench {
  FakeHost host;
  Chardevs chardevs{host, [] {}};

  std::unique_ptr<ByteChannel> open(const std::string& id, const std::string& user) {
    auto opened = chardevs.open({.kind = Kind::kChardev, .path = id}, user);
    REQUIRE_MESSAGE(opened.ok(), opened.error().message);
    return std::move(*opened);
  }
  std::string open_error(const std::string& id, const std::string& user) {
    const auto opened = chardevs.open({.kind = Kind::kChardev, .path = id}, user);
    return opened.ok() ? "" : opened.error().message;
  }
};

}  // namespace

TEST_CASE("a chardev has one user at a time and is free again afterwards") {
  ChardevBench bench;
  REQUIRE(bench.chardevs.add({"c", {.kind = Kind::kPty}}).ok());
  {
    const auto first = bench.open("c", "serial0");
    CHECK(bench.open_error("c", "serial1") ==
          "serial1: chardev 'c' is used by serial0; give it mux=on to share it");
  }
  bench.open("c", "serial1");
  CHECK(bench.open_error("d", "serial0") == "serial0: there is no chardev 'd'; the nearest is 'c'");
}

TEST_CASE("without any chardev the error says how to make one") {
  ChardevBench bench;
  CHECK(bench.open_error("c", "serial0") ==
        "serial0: there is no chardev 'c'; give -chardev KIND,id=c");
}

TEST_CASE("a multiplexed chardev has several users") {
  ChardevBench bench;
  REQUIRE(bench.chardevs.add({"c", {.kind = Kind::kStdio, .mux = true}}).ok());
  const auto port = bench.open("c", "serial0");
  const auto monitor = bench.open("c", "monitor0");
  bench.host.line("c").input = {'p', 1, 'c', 'm'};
  CHECK(monitor->read() == 'm');
  CHECK(port->read() == 'p');
}

TEST_CASE("a port that says where it goes has a channel by its own name") {
  ChardevBench bench;
  const auto port = bench.chardevs.open({.kind = Kind::kFile, .path = "log"}, "serial0");
  REQUIRE(port.ok());
  const auto lines = bench.chardevs.lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].id == "serial0");
  CHECK(lines[0].what == "file:log");
  CHECK(lines[0].users == std::vector<std::string>{"serial0"});
}

TEST_CASE("a ring keeps the last bytes and can be written from the other side") {
  ChardevBench bench;
  REQUIRE(bench.chardevs.add({"r", {.kind = Kind::kRing, .ring_bytes = 4}}).ok());
  REQUIRE(bench.chardevs.add({"n", {.kind = Kind::kNull}}).ok());
  const auto port = bench.open("r", "serial0");
  const std::string text = "abcdef";
  port->write({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  RingChannel& ring = **bench.chardevs.ring("r");
  CHECK(ring.take(3) == "cde");
  CHECK(ring.take(3) == "f");
  ring.give("xy");
  CHECK(port->read() == 'x');
  CHECK(port->read() == 'y');
  CHECK_FALSE(port->read().has_value());
  CHECK(bench.chardevs.ring("n").error().message == "chardev 'n' is no ringbuf");
  CHECK(bench.chardevs.ring("m").error().message == "there is no chardev 'm'");
}
