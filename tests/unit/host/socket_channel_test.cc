// Byte channels over sockets and named pipes.
#include "machine/host/socket_channel.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "machine/host/fifo_channel.h"
#include "tests/unit/host/temp_folder.h"

namespace vireo {
namespace {

using Kind = ChannelSpec::Kind;

std::string read_all(ByteChannel& channel) {
  std::string text;
  while (const auto byte = channel.read()) text += static_cast<char>(*byte);
  return text;
}

void send(ByteChannel& channel, const std::string& text) {
  channel.write({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  channel.flush();
}

std::unique_ptr<SocketChannel> open_good(SourceSet& set, const ChannelSpec& spec) {
  auto opened = SocketChannel::open(set, spec, "serial0");
  REQUIRE_MESSAGE(opened.ok(), opened.error().message);
  return std::move(*opened);
}

std::string open_error(SourceSet& set, const ChannelSpec& spec) {
  const auto opened = SocketChannel::open(set, spec, "serial0");
  return opened.ok() ? "" : opened.error().message;
}

struct SocketBench {
  TempFolder folder;
  SourceSet set;
  ChannelSpec server{.kind = Kind::kUnix, .path = folder.path("s"), .server = true};
  ChannelSpec client{.kind = Kind::kUnix, .path = folder.path("s")};
};

}  // namespace

TEST_CASE("bytes pass between a server and a client, local and TCP") {
  SocketBench bench;
  SUBCASE("a local socket") {}
  SUBCASE("TCP") {
    bench.server = {.kind = Kind::kTcp, .host = "127.0.0.1", .port = "0", .server = true};
  }
  const auto server = open_good(bench.set, bench.server);
  if (bench.server.kind == Kind::kTcp) {
    bench.client = {
        .kind = Kind::kTcp, .host = "127.0.0.1", .port = std::to_string(server->port())};
  }
  const auto client = open_good(bench.set, bench.client);
  CHECK(client->connected());
  server->pump();
  CHECK(server->connected());
  send(*client, "to the machine");
  CHECK(read_all(*server) == "to the machine");
  send(*server, "from it");
  CHECK(read_all(*client) == "from it");
}

TEST_CASE("output while nobody is connected is dropped; the next visitor is an arrival") {
  SocketBench bench;
  const auto server = open_good(bench.set, bench.server);
  send(*server, "lost");
  CHECK_FALSE(server->connected());
  for (int visit = 0; visit < 3; ++visit) {
    auto client = open_good(bench.set, bench.client);
    CHECK_FALSE(server->read().has_value());
    CHECK(server->take_arrival());
    CHECK_FALSE(server->take_arrival());
    send(*server, "hello");
    CHECK(read_all(*client) == "hello");
    client.reset();
    CHECK_FALSE(server->read().has_value());
    CHECK_FALSE(server->connected());
  }
}

TEST_CASE("a server waits on its listener, then on the connection until that has been read") {
  SocketBench bench;
  const auto server = open_good(bench.set, bench.server);
  CHECK(server->live());
  std::vector<pollfd> waits;
  server->add_waits(waits);
  REQUIRE(waits.size() == 1);
  CHECK(::poll(waits.data(), 1, 0) == 0);
  const auto client = open_good(bench.set, bench.client);
  CHECK(::poll(waits.data(), 1, 0) == 1);
  server->pump();
  CHECK(server->take_news());
  waits.clear();
  server->add_waits(waits);
  CHECK(waits.empty());  // nothing was read yet: what is there must be taken first
  read_all(*server);
  server->add_waits(waits);
  CHECK(waits.size() == 1);
}

TEST_CASE("a client without a server fails at the start, or tries again with reconnect=") {
  SocketBench bench;
  CHECK(open_error(bench.set, bench.client) ==
        "serial0: cannot connect to unix:" + bench.client.path +
            "; start the server first, or give reconnect=1");
  bench.client.reconnect_seconds = 1;
  const auto client = open_good(bench.set, bench.client);
  client->pump();
  CHECK_FALSE(client->connected());
  CHECK(client->live());
  CHECK(client->max_wait_ns() == 1'000'000'000);
}

TEST_CASE("a far end that does not read holds nothing up for ever") {
  SocketBench bench;
  const auto server = open_good(bench.set, bench.server);
  const auto client = open_good(bench.set, bench.client);
  server->pump();
  const std::string block(64 * 1024, 'x');
  for (int i = 0; i < 64; ++i) send(*server, block);
  CHECK(server->connected());
  CHECK(read_all(*client).size() >= block.size());
}

TEST_CASE("answers of a protocol are whole: who does not read them is hung up on") {
  SocketBench bench;
  bench.server.whole = true;
  const auto server = open_good(bench.set, bench.server);
  const auto client = open_good(bench.set, bench.client);
  server->pump();
  const std::string block(1 << 20, 'x');
  send(*server, block);
  CHECK(server->connected());
  for (int i = 0; i < 32; ++i) send(*server, block);
  CHECK_FALSE(server->connected());
  // The next visitor finds nothing of it.
  const auto next = open_good(bench.set, bench.client);
  server->pump();
  REQUIRE(server->connected());
  send(*server, "{}\n");
  CHECK(read_all(*next) == "{}\n");
}

TEST_CASE("one answer may be larger than what the socket takes at once") {
  SocketBench bench;
  bench.server.whole = true;
  const auto server = open_good(bench.set, bench.server);
  const auto client = open_good(bench.set, bench.client);
  server->pump();
  std::string text(1 << 20, 'x');
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 23);
  send(*server, text);
  std::string got;
  // What is left in the buffer goes as the machine looks for news.
  while (got.size() < text.size() && client->connected()) {
    got += read_all(*client);
    server->pump();
  }
  CHECK(got == text);
}

TEST_CASE("a socket file is removed at the end, replaced when stale, respected when in use") {
  SocketBench bench;
  {
    const auto server = open_good(bench.set, bench.server);
    CHECK(open_error(bench.set, bench.server).find("another process listens there") !=
          std::string::npos);
    CHECK(std::filesystem::exists(bench.server.path));
  }
  CHECK_FALSE(std::filesystem::exists(bench.server.path));
  // What a killed server leaves behind.
  {
    auto address = unix_address(bench.server.path);
    REQUIRE(address.ok());
    auto left = listen_on({*address}, "left");
    REQUIRE(left.ok());
  }
  CHECK(std::filesystem::exists(bench.server.path));
  open_good(bench.set, bench.server);
}

TEST_CASE("addresses that cannot be are named") {
  SocketBench bench;
  bench.server.path = std::string(200, 'p');
  CHECK(open_error(bench.set, bench.server).find("a path of 1 to 107 bytes is needed") !=
        std::string::npos);
  bench.server.path = bench.folder.path("none/s");
  CHECK(open_error(bench.set, bench.server).find("cannot listen on unix:") != std::string::npos);
  const ChannelSpec tcp{.kind = Kind::kTcp, .host = "127.0.0.1", .port = "no-such-service"};
  CHECK(open_error(bench.set, tcp).find("serial0: tcp:127.0.0.1:no-such-service: ") == 0);
}

TEST_CASE("named pipes: in and out, programs come and go") {
  TempFolder folder;
  SourceSet set;
  const std::string path = folder.path("p");
  CHECK(FifoChannel::open(set, path, "serial0")
            .error()
            .message.find("make it with mkfifo " + path + ".in " + path + ".out") !=
        std::string::npos);
  REQUIRE(::mkfifo((path + ".in").c_str(), 0600) == 0);
  REQUIRE(::mkfifo((path + ".out").c_str(), 0600) == 0);
  const auto channel = FifoChannel::open(set, path, "serial0");
  REQUIRE(channel.ok());
  for (int visit = 0; visit < 2; ++visit) {
    const UniqueFd writer(::open((path + ".in").c_str(), O_WRONLY | O_NONBLOCK));
    const UniqueFd reader(::open((path + ".out").c_str(), O_RDONLY | O_NONBLOCK));
    REQUIRE(writer.valid());
    REQUIRE(::write(writer.get(), "in", 2) == 2);
    CHECK(read_all(**channel) == "in");
    send(**channel, "out");
    char got[8];
    CHECK(::read(reader.get(), got, sizeof got) == 3);
  }
}

}  // namespace vireo
