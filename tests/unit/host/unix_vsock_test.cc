// Virtio sockets as unix sockets: calls from programs, calls to them, and their ends.
#include "machine/host/unix_vsock.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "tests/unit/host/temp_folder.h"

namespace vireo {
namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

UniqueFd call(const std::string& path, int kind = SOCK_STREAM) {
  UniqueFd fd(::socket(AF_UNIX, kind, 0));
  const sockaddr_un address = address_of(path);
  REQUIRE(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

UniqueFd serve(const std::string& path, int kind = SOCK_STREAM) {
  UniqueFd fd(::socket(AF_UNIX, kind, 0));
  const sockaddr_un address = address_of(path);
  REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(fd.get(), 1) == 0);
  return fd;
}

void say(const UniqueFd& fd, std::string_view text) {
  REQUIRE(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(text.size()));
}

std::string hear(const UniqueFd& fd) {
  char bytes[256];
  const ssize_t count = ::recv(fd.get(), bytes, sizeof bytes, 0);
  return std::string(bytes, static_cast<size_t>(std::max<ssize_t>(count, 0)));
}

std::string read_all(VsockEnd& end) {
  std::string text;
  std::byte bytes[64];
  while (const auto count = end.read(bytes)) {
    text.append(reinterpret_cast<const char*>(bytes), *count);
  }
  return text;
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

struct Bench {
  TempFolder folder;
  SourceSet set;
  std::string path = folder.path("v");
  std::unique_ptr<UnixVsock> host = open();

  std::unique_ptr<UnixVsock> open() {
    auto opened = UnixVsock::open(set, path);
    REQUIRE(opened.ok());
    return std::move(opened).value();
  }
};

TEST_CASE("a program calls the guest: it names the port, and is told when the guest answers") {
  Bench bench;
  CHECK_FALSE(bench.host->accept().has_value());
  const UniqueFd program = call(bench.path);
  CHECK_FALSE(bench.host->accept().has_value());
  say(program, "CONNECT 10");
  CHECK_FALSE(bench.host->accept().has_value());
  say(program, "24\nfirst");
  auto taken = bench.host->accept();
  REQUIRE(taken.has_value());
  CHECK(taken->guest_port == 1024);
  taken->end->established(77);
  CHECK(hear(program) == "OK 77\n");
  CHECK(read_all(*taken->end) == "first");
  CHECK(taken->end->write(bytes_of("back")) == 4);
  CHECK(hear(program) == "back");
}

TEST_CASE("a greeting that is none, too long or broken off closes the connection") {
  Bench bench;
  for (const std::string& text : {std::string("HELLO 1\n"), std::string("CONNECT x\n"),
                                 std::string("CONNECT 99999999999\n"), std::string(100, 'x')}) {
    const UniqueFd program = call(bench.path);
    say(program, text);
    CHECK_FALSE(bench.host->accept().has_value());
    CHECK(hear(program).empty());
  }
  { const UniqueFd gone = call(bench.path); }
  CHECK_FALSE(bench.host->accept().has_value());
}

TEST_CASE("the guest calls a program that listens, and nobody") {
  Bench bench;
  CHECK(bench.host->connect(52, VsockType::kStream) == nullptr);
  const UniqueFd listener = serve(bench.path + "_52");
  auto end = bench.host->connect(52, VsockType::kStream);
  REQUIRE(end != nullptr);
  const UniqueFd program(::accept(listener.get(), nullptr, nullptr));
  CHECK(end->write(bytes_of("hello")) == 5);
  CHECK(hear(program) == "hello");
  say(program, "answer");
  ::shutdown(program.get(), SHUT_WR);
  CHECK(read_all(*end) == "answer");
  CHECK(end->ended());
  CHECK_FALSE(end->broken());
  end->end_writing();
  CHECK(hear(program).empty());
}

TEST_CASE("a program that went away breaks the connection, without a signal") {
  Bench bench;
  const UniqueFd listener = serve(bench.path + "_52");
  auto end = bench.host->connect(52, VsockType::kStream);
  { const UniqueFd program(::accept(listener.get(), nullptr, nullptr)); }
  CHECK_FALSE(end->write(bytes_of("x")).has_value());
  CHECK(end->broken());
}

TEST_CASE("messages keep their boundaries both ways") {
  Bench bench;
  const UniqueFd program = call(bench.path + "_seqpacket", SOCK_SEQPACKET);
  say(program, "CONNECT 9\n");
  auto taken = bench.host->accept();
  REQUIRE(taken.has_value());
  CHECK(taken->type == VsockType::kSeqpacket);
  say(program, "one");
  say(program, "two");
  std::byte bytes[64];
  CHECK(taken->end->read(bytes) == 3);
  CHECK(taken->end->read(bytes) == 3);
  CHECK(taken->end->write(bytes_of("ab")) == 2);
  CHECK(taken->end->write(bytes_of("c")) == 1);
  CHECK(hear(program) == "ab");
  CHECK(hear(program) == "c");
}

TEST_CASE("a socket left by a dead program is replaced, one in use is not") {
  Bench bench;
  CHECK_FALSE(UnixVsock::open(bench.set, bench.path).ok());
  const std::string other = bench.folder.path("w");
  { const UniqueFd left = serve(other); }
  CHECK(UnixVsock::open(bench.set, other).ok());
  bench.host.reset();
  CHECK(::access(bench.path.c_str(), F_OK) != 0);
}

TEST_CASE("a file in the way, and a path that is too long, are errors") {
  TempFolder folder;
  SourceSet set;
  const std::string file = folder.make("f", "precious");
  const auto in_the_way = UnixVsock::open(set, file);
  REQUIRE_FALSE(in_the_way.ok());
  CHECK(folder.content("f") == "precious");
  CHECK_FALSE(UnixVsock::open(set, folder.path(std::string(200, 'x'))).ok());
}

}  // namespace
}  // namespace vireo
