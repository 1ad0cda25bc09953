#include "machine/host/user_net.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "machine/host/unique_fd.h"
#include "tests/unit/virtio/net/frames.h"

namespace vireo {
namespace {

using testing::Bytes;

// The frames of tests/unit/virtio/net/frames.h come from 10.0.0.15.
const UserNetSpec kSpec = [] {
  UserNetSpec spec;
  spec.net = "10.0.0.0/24";
  spec.ipv6 = false;
  return spec;
}();

struct NetFixture {
  SourceSet set;
  VirtualClock clock;

  std::unique_ptr<NetBackend> open(const UserNetSpec& spec = kSpec) {
    auto net = UserNet::open(set, "-netdev user,id=n", spec, clock);
    REQUIRE(net.ok());
    return std::move(*net);
  }
  std::string error_of(const UserNetSpec& spec) {
    auto net = UserNet::open(set, "-netdev user,id=n", spec, clock);
    return net.ok() ? "no error" : net.error().message;
  }
  bool live() const { return set.sources().at(0)->live(); }
};

void send(NetBackend& net, const Bytes& frame) { net.send({std::as_bytes(std::span(frame)), {}}); }

std::vector<Bytes> all_received(NetBackend& net) {
  net.poll();
  std::vector<Bytes> frames;
  while (const auto frame = net.receive()) {
    const auto* data = reinterpret_cast<const uint8_t*>(frame->bytes.data());
    frames.emplace_back(data, data + frame->bytes.size());
  }
  return frames;
}

// Who has 10.0.0.2? Tell 10.0.0.15.
Bytes arp_request() {
  Bytes frame(42);
  for (size_t i = 0; i < 6; ++i) {
    frame[i] = 0xff;
    frame[6 + i] = frame[22 + i] = testing::kCardMac[i];
  }
  testing::put16(frame, 12, 0x0806);
  testing::put16(frame, 14, 1);
  testing::put16(frame, 16, 0x0800);
  testing::put16(frame, 18, 0x0604);
  testing::put16(frame, 20, 1);
  frame[28] = frame[38] = 10;
  frame[31] = 15;
  frame[41] = 2;
  return frame;
}

TEST_CASE_FIXTURE(NetFixture, "the gateway answers who asks for it, without any socket") {
  const auto net = open();
  send(*net, arp_request());

  const auto frames = all_received(*net);

  REQUIRE(frames.size() == 1);
  CHECK(testing::get16(frames[0], 20) == 2);
  CHECK(Bytes(frames[0].begin() + 28, frames[0].begin() + 32) == Bytes{10, 0, 0, 2});
  CHECK_FALSE(live());
}

TEST_CASE_FIXTURE(NetFixture, "two networks answer alike") {
  const auto net = open();
  const auto other = open();
  send(*net, arp_request());
  send(*other, arp_request());

  CHECK(all_received(*net) == all_received(*other));
}

TEST_CASE_FIXTURE(NetFixture, "frames that are none harm nobody") {
  const auto net = open();
  for (const size_t size : {0u, 1u, 13u, 14u, 20u, 33u, 41u}) send(*net, Bytes(size, 0x45));
  Bytes lies = testing::tcp_frame({.to_card = false});
  testing::put16(lies, 16, 0xffff);
  send(*net, lies);
  Bytes header_lies = testing::tcp_frame({.to_card = false});
  header_lies[14] = 0x4f;
  send(*net, header_lies);

  send(*net, arp_request());
  CHECK(all_received(*net).size() == 1);
}

// A server on the host that never says a word.
struct Server {
  Server() : fd(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), length) == 0);
    REQUIRE(::listen(fd.get(), 1) == 0);
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length);
    port = ntohs(address.sin_port);
  }
  UniqueFd fd;
  uint16_t port = 0;
};

TEST_CASE_FIXTURE(NetFixture, "a connection to the gateway reaches the host, and makes it live") {
  const Server server;
  const auto net = open();
  send(*net, arp_request());
  all_received(*net);

  constexpr uint8_t kSyn = 2;
  send(*net, testing::tcp_frame({.to_card = false,
                                 .flags = kSyn,
                                 .payload = 0,
                                 .source = 40000,
                                 .destination = server.port}));
  std::vector<Bytes> frames;
  for (int tries = 0; tries < 1000 && frames.empty(); ++tries) frames = all_received(*net);

  REQUIRE(frames.size() == 1);
  constexpr uint8_t kSynAck = 0x12;
  CHECK(frames[0][47] == kSynAck);
  send(*net, testing::tcp_frame({.to_card = false,
                                 .sequence = 1001,
                                 .acknowledgement = testing::get32(frames[0], 38) + 1,
                                 .payload = 0,
                                 .source = 40000,
                                 .destination = server.port}));
  net->poll();
  CHECK(live());
}

TEST_CASE_FIXTURE(NetFixture, "a forwarded port makes the network live") {
  UserNetSpec spec = kSpec;
  spec.host_forwards = {"tcp:127.0.0.1:0-:22"};
  CHECK(error_of(spec).find("hostfwd=tcp:127.0.0.1:0-:22 is not written as") != std::string::npos);

  const Server taken;
  spec.host_forwards = {"tcp:127.0.0.1:" + std::to_string(taken.port) + "-:22"};
  CHECK(error_of(spec).find("cannot listen on that port") != std::string::npos);
}

TEST_CASE_FIXTURE(NetFixture, "what the user wrote wrongly is named") {
  const auto with = [](auto change) {
    UserNetSpec spec;
    change(spec);
    return spec;
  };
  CHECK(error_of(with([](UserNetSpec& s) { s.net = "ten"; })) ==
        "-netdev user,id=n: net=ten is no network such as 10.0.2.0/24");
  CHECK(error_of(with([](UserNetSpec& s) { s.host = "10.0.3.2"; })) ==
        "-netdev user,id=n: host=10.0.3.2 is not in the network of net=");
  CHECK(error_of(with([](UserNetSpec& s) { s.dns = "x"; })) ==
        "-netdev user,id=n: dns=x is no address such as 10.0.2.2");
  CHECK(error_of(with([](UserNetSpec& s) { s.dns = "10.0.2.2"; })) ==
        "-netdev user,id=n: host= and dns= are one address; give them two");
  CHECK(
      error_of(with([](UserNetSpec& s) { s.guest_forwards = {"tcp:1.2.3.4:80"}; })) ==
      "-netdev user,id=n: guestfwd=tcp:1.2.3.4:80 is not written as tcp:ADDRESS:PORT-cmd:COMMAND");
  CHECK(error_of(with([](UserNetSpec& s) {
          s.guest_forwards = {"tcp:1.2.3.4:80-cmd:x"};
        })).find("the address must be in the network") != std::string::npos);
}

TEST_CASE("a network of one's own gets its places from its mask") {
  UserNetSpec spec;
  spec.net = "192.168.7.0/24";
  const auto plan = plan_user_net(spec);
  REQUIRE(plan.ok());
  CHECK(std::string(::inet_ntoa(plan->host)) == "192.168.7.2");
  CHECK(std::string(::inet_ntoa(plan->dns)) == "192.168.7.3");
  CHECK(std::string(::inet_ntoa(plan->dhcp_start)) == "192.168.7.15");
}

TEST_CASE("forwards as users write them") {
  UserNetSpec spec;
  spec.host_forwards = {"tcp::2222-:22", "udp:127.0.0.1:53-10.0.2.20:5353", "::80-:8080"};
  const auto plan = plan_user_net(spec);
  REQUIRE(plan.ok());
  CHECK_FALSE(plan->host_forwards[0].udp);
  CHECK(plan->host_forwards[0].host.port == 2222);
  CHECK(plan->host_forwards[0].guest.port == 22);
  CHECK(plan->host_forwards[1].udp);
  CHECK(plan->host_forwards[1].guest.address.s_addr == htonl(0x0a000214));
  CHECK(plan->host_forwards[2].guest.port == 8080);
  for (const char* bad :
       {"tcp:2222", "tcp::2222-22", "sctp::1-:2", "tcp::99999-:2", "tcp:x:1-:2"}) {
    spec.host_forwards = {bad};
    CHECK_FALSE(plan_user_net(spec).ok());
  }
}

}  // namespace
}  // namespace vireo
