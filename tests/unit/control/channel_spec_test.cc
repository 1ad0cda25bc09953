// -serial, -chardev, -monitor and what they share.
#include "machine/control/channel_spec.h"

#include <doctest/doctest.h>

#include "tests/unit/control/parse.h"

namespace vireo {
namespace {

using Kind = ChannelSpec::Kind;

ChannelSpec serial(std::string_view text) {
  return parse_good({"-serial", text}).config.serials.at(0);
}

ChannelSpec chardev(std::string_view text) {
  return parse_good({"-chardev", text}).config.chardevs.at(0).spec;
}

}  // namespace

TEST_CASE("QEMU's spellings of a channel") {
  CHECK(serial("unix:/a,,b,server=on,wait=off") ==
        ChannelSpec{.kind = Kind::kUnix, .path = "/a,b", .server = true});
  CHECK(serial("unix:/a,server,nowait") ==
        ChannelSpec{.kind = Kind::kUnix, .path = "/a", .server = true});
  CHECK(serial("unix:/a,server=on").wait);
  CHECK(serial("unix:/a,reconnect=5").reconnect_seconds == 5);
  CHECK(serial("tcp:localhost:4444") ==
        ChannelSpec{.kind = Kind::kTcp, .host = "localhost", .port = "4444"});
  CHECK(serial("tcp::4444,server=on,wait=off").host.empty());
  CHECK(serial("tcp:[::1]:4444").host == "::1");
  CHECK(serial("pipe:/p") == ChannelSpec{.kind = Kind::kPipe, .path = "/p"});
  CHECK(serial("stdio").terminal_signals);
  CHECK_FALSE(serial("mon:stdio").terminal_signals);
}

TEST_CASE("-chardev takes the same by properties") {
  CHECK(chardev("socket,id=c,path=/a,server=on,wait=off") == serial("unix:/a,server=on,wait=off"));
  CHECK(chardev("socket,id=c,host=h,port=1") == serial("tcp:h:1"));
  CHECK(chardev("stdio,id=c,signal=off").terminal_signals == false);
  CHECK(chardev("file,id=c,path=f,append=on").append);
  CHECK(chardev("ringbuf,id=c").ring_bytes == 65536);
  CHECK(chardev("ringbuf,id=c,size=8K").ring_bytes == 8192);
  CHECK(chardev("null,id=c,mux=on").mux);
}

TEST_CASE("the terminal is shared with a monitor unless that is somewhere else") {
  const auto monitors = [](Words words) { return parse_good(words).monitors; };
  const ChannelSpec shared{.kind = Kind::kChardev, .path = "serial0"};
  CHECK(monitors({}) == std::vector<ChannelSpec>{shared});
  CHECK(monitors({"-nographic"}) == std::vector<ChannelSpec>{shared});
  CHECK(monitors({"-serial", "mon:stdio"}) == std::vector<ChannelSpec>{shared});
  CHECK(monitors({"-serial", "stdio"}).empty());
  CHECK(monitors({"-nographic", "-monitor", "none"}).empty());
  CHECK(monitors({"-display", "none"}).empty());
  CHECK(monitors({"-nodefaults"}).empty());
  CHECK(monitors({"-monitor", "unix:/m,server=on,wait=off"}).size() == 1);
  CHECK_FALSE(parse_good({"-monitor", "null"}).config.serials.at(0).mux);
  CHECK(parse_good({"-nographic"}).config.serials.at(0).mux);
  CHECK(monitors({"-chardev", "stdio,id=c,mux=on", "-serial", "chardev:c", "-mon", "c"}).at(0) ==
        ChannelSpec{.kind = Kind::kChardev, .path = "c"});
}

TEST_CASE("each chardev kind and its properties are in the help") {
  const auto list = parse_words({"-chardev", "help"});
  REQUIRE(list.ok());
  for (const char* kind : {"null", "stdio", "file", "pipe", "pty", "socket", "ringbuf"}) {
    CHECK(list->print->find(kind) != std::string::npos);
    const std::string argument = std::string(kind) + ",help";
    const auto help = parse_words({"-chardev", argument});
    REQUIRE(help.ok());
    CHECK(help->print->find("  mux=on|off") != std::string::npos);
  }
}

TEST_CASE("what carries a protocol alone loses no answer, however it was named") {
  const std::string_view chardev = "socket,id=c,path=s,server=on,wait=off";
  const auto shown = [](const CommandLine& line) { return line.config.chardevs.at(0).spec.whole; };
  CHECK(parse_good({"-qmp", "unix:s,server=on,wait=off"}).qmp.at(0).channel.whole);
  CHECK(parse_good({"-gdb", "unix:s"}).gdb->whole);
  CHECK(shown(parse_good({"-chardev", chardev, "-mon", "c,mode=control"})));
  CHECK_FALSE(shown(parse_good({"-chardev", chardev, "-serial", "chardev:c"})));
}

}  // namespace vireo
