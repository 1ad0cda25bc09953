#include "machine/host/stream_net.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "machine/host/stream_socket.h"
#include "machine/host/tap_net.h"
#include "tests/unit/host/temp_folder.h"

namespace vireo {
namespace {

using Bytes = std::vector<std::byte>;

Bytes frame_of(size_t size, uint8_t fill) { return Bytes(size, std::byte{fill}); }

struct Cable {
  Cable() {
    StreamNetSpec spec;
    spec.path = folder.path("cable");
    spec.listens = true;
    auto first = StreamNet::open(set, "-netdev stream,id=a", spec);
    REQUIRE(first.ok());
    a = std::move(*first);
    spec.listens = false;
    auto second = StreamNet::open(set, "-netdev stream,id=b", spec);
    REQUIRE(second.ok());
    b = std::move(*second);
    a->poll();
  }
  std::optional<Bytes> arrived(NetBackend& end) {
    end.poll();
    const auto frame = end.receive();
    if (!frame) return std::nullopt;
    return Bytes(frame->bytes.begin(), frame->bytes.end());
  }

  TempFolder folder;
  SourceSet set;
  std::unique_ptr<NetBackend> a, b;
};

TEST_CASE_FIXTURE(Cable, "frames go both ways, in order and whole") {
  a->send({frame_of(60, 1), {}});
  a->send({frame_of(1514, 2), {}});
  b->send({frame_of(kLargestFrame, 3), {}});

  CHECK(arrived(*b) == frame_of(60, 1));
  CHECK(arrived(*b) == frame_of(1514, 2));
  CHECK_FALSE(arrived(*b).has_value());
  std::optional<Bytes> large;
  for (int i = 0; i < 1000 && !large; ++i) {
    b->poll();
    large = arrived(*a);
  }
  CHECK(large == frame_of(kLargestFrame, 3));
}

TEST_CASE_FIXTURE(Cable, "the listening end takes the next machine when one goes away") {
  b.reset();
  CHECK_FALSE(arrived(*a).has_value());
  StreamNetSpec spec;
  spec.path = folder.path("cable");
  auto again = StreamNet::open(set, "-netdev stream,id=c", spec);
  REQUIRE(again.ok());

  (*again)->send({frame_of(60, 4), {}});
  a->poll();

  CHECK(arrived(*a) == frame_of(60, 4));
}

TEST_CASE_FIXTURE(Cable, "a length that no frame has ends the connection") {
  b.reset();
  a->poll();
  StreamNetSpec spec;
  spec.path = folder.path("cable");
  auto stranger = connect_stream(spec);
  REQUIRE(stranger.ok());
  a->poll();
  REQUIRE(::send(stranger->get(), "GET / HTTP/1.0\r\n", 16, 0) == 16);

  CHECK_FALSE(arrived(*a).has_value());

  char byte;
  CHECK(::recv(stranger->get(), &byte, 1, 0) == 0);
}

TEST_CASE_FIXTURE(Cable, "a side that does not read makes the other wait, not grow") {
  size_t sent = 0;
  while (a->ready() && sent < 100'000) {
    a->send({frame_of(60'000, 5), {}});
    ++sent;
  }
  CHECK(sent < 100'000);

  while (arrived(*b)) a->poll();
  CHECK(a->ready());
}

TEST_CASE("what cannot be listened on or reached is named") {
  SourceSet set;
  const TempFolder folder;
  StreamNetSpec spec;
  spec.listens = true;
  spec.path = folder.path("no/such/folder");
  const auto listening = StreamNet::open(set, "-netdev stream,id=a", spec);
  REQUIRE_FALSE(listening.ok());
  CHECK(listening.error().message.find("-netdev stream,id=a: cannot listen on ") == 0);
  const auto tap = TapNet::open(set, "-netdev tap,id=t", {"a-name-that-is-too-long"});
  REQUIRE_FALSE(tap.ok());
  CHECK(tap.error().message.find("-netdev tap,id=t: ifname=a-name-that-is-too-long") == 0);
}

}  // namespace
}  // namespace vireo
