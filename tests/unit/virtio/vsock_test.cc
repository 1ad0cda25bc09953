// virtio-vsock: calls in both directions, credit, ends, and what a bad guest sends.
#include "tests/unit/virtio/vsock_rig.h"

namespace vireo::testing {
namespace {

using Rig = VsockRig;
using Op = virtio_vsock::Op;

constexpr uint32_t kBuffer = VsockConnection::kBufferBytes;

TEST_CASE("VSK-01: the guest calls, and bytes go both ways") {
  TestVsockHost host;
  TestSocket& server = host.listeners[80];
  Rig rig(host);
  rig.start();
  CHECK(rig.core.read_config(0, 8) == Rig::kCid);
  rig.connect();
  rig.send_packet(Rig::header(Op::kData), "hello");
  CHECK(server.received() == "hello");
  server.to_guest = {"wor", "ld"};
  CHECK(rig.poll());
  const auto first = rig.receive();
  REQUIRE(first.has_value());
  CHECK(first->header.op == Op::kData);
  CHECK(first->header.src_port == 80);
  CHECK(first->header.dst_port == 1000);
  CHECK(first->header.fwd_cnt == 5);
  CHECK(first->header.buf_alloc == kBuffer);
  CHECK(first->data == "wor");
  rig.poll();
  CHECK(rig.receive()->data == "ld");
}

TEST_CASE("VSK-01: the host calls; it is told when the guest answers, and closed when not") {
  TestVsockHost host;
  TestSocket caller, refused;
  Rig rig(host);
  host.callers = {{5000, &caller}, {5001, &refused}};
  CHECK_FALSE(rig.device->poll_input());
  rig.start();
  CHECK(rig.poll());
  const auto request = rig.receive();
  REQUIRE(request.has_value());
  CHECK(request->header.op == Op::kRequest);
  CHECK(request->header.dst_port == 5000);
  const auto answer = [&](const virtio_vsock::Header& to, Op op) {
    auto header = Rig::header(op);
    header.src_port = to.dst_port;
    header.dst_port = to.src_port;
    rig.send_packet(header);
  };
  answer(request->header, Op::kResponse);
  CHECK(caller.established == request->header.src_port);
  const auto other = rig.receive();
  REQUIRE(other.has_value());
  answer(other->header, Op::kReset);
  CHECK(refused.closed);
  CHECK(rig.device->connections() == 1);
}

TEST_CASE("VSK-01: a port where nobody listens, an unknown type and unknown packets are reset") {
  TestVsockHost host;
  Rig rig(host);
  rig.start();
  rig.send_op(Op::kRequest);
  CHECK(rig.receive_op() == Op::kReset);
  rig.send_packet(Rig::header(Op::kRequest, static_cast<VsockType>(7)));
  CHECK(rig.receive_op() == Op::kReset);
  rig.send_packet(Rig::header(Op::kData), "x");
  CHECK(rig.receive_op() == Op::kReset);
  rig.send_op(Op::kReset);
  CHECK(rig.receive_op() == Op::kInvalid);
  host.listeners[80];
  rig.send_op(Op::kRequest);
  CHECK(rig.receive_op() == Op::kResponse);
  rig.send_op(static_cast<Op>(99));
  CHECK(rig.receive_op() == Op::kReset);
  CHECK(rig.device->connections() == 0);
}

TEST_CASE("VSK-01: packets of another address, too short or longer than their chain, are dropped") {
  TestVsockHost host;
  TestSocket& server = host.listeners[80];
  Rig rig(host);
  rig.start();
  auto header = Rig::header(Op::kRequest);
  header.src_cid = 43;
  rig.send_packet(header);
  header = Rig::header(Op::kRequest);
  header.dst_cid = 3;
  rig.send_packet(header);
  rig.send(Rig::kTx, {{Rig::kOut, 43, false}});
  CHECK(rig.receive_op() == Op::kInvalid);
  CHECK(rig.used(Rig::kTx) == 3);
  rig.connect();
  header = Rig::header(Op::kData);
  header.length = UINT32_MAX;
  rig.send_raw(header, "abc");
  CHECK(rig.device->connections() == 1);
  CHECK(server.from_guest.empty());
}

TEST_CASE("VSK-01: the guest's credit bounds what it gets, and its update continues it") {
  TestVsockHost host;
  TestSocket& server = host.listeners[80];
  Rig rig(host);
  rig.start();
  auto request = Rig::header(Op::kRequest);
  request.buf_alloc = 10;
  rig.send_packet(request);
  CHECK(rig.receive_op() == Op::kResponse);
  server.to_guest = {"0123456789abc"};
  rig.poll();
  CHECK(rig.receive()->data == "0123456789");
  CHECK(rig.receive_op() == Op::kCreditRequest);
  CHECK(rig.receive_op() == Op::kInvalid);
  auto update = Rig::header(Op::kCreditUpdate);
  update.buf_alloc = 10;
  update.fwd_cnt = 4;
  rig.send_packet(update);
  CHECK(rig.receive()->data == "abc");
}

TEST_CASE("VSK-01: what the host does not take is held up to the credit; more is a breach") {
  TestVsockHost host;
  TestSocket& server = host.listeners[80];
  server.full = true;
  Rig rig(host);
  rig.start();
  rig.connect();
  const std::string half(kBuffer / 2, 'x');
  rig.send_packet(Rig::header(Op::kData), half);
  rig.send_packet(Rig::header(Op::kData), half);
  CHECK(rig.receive_op() == Op::kInvalid);
  server.full = false;
  rig.poll();
  CHECK(server.received().size() == kBuffer);
  const auto update = rig.receive();
  REQUIRE(update.has_value());
  CHECK(update->header.op == Op::kCreditUpdate);
  CHECK(update->header.fwd_cnt == kBuffer);
  server.full = true;
  rig.send_packet(Rig::header(Op::kData), half);
  rig.send_packet(Rig::header(Op::kData), half);
  rig.send_packet(Rig::header(Op::kData), "x");
  CHECK(rig.receive_op() == Op::kReset);
  CHECK(server.closed);
}

TEST_CASE("VSK-01: a credit request is answered") {
  TestVsockHost host;
  host.listeners[80];
  Rig rig(host);
  rig.start();
  rig.connect();
  rig.send_op(Op::kCreditRequest);
  CHECK(rig.receive_op() == Op::kCreditUpdate);
}

TEST_CASE("VSK-01: packets are taken though there is no room for answers, in bounded memory") {
  TestVsockHost host;
  TestSocket& server = host.listeners[80];
  Rig rig(host);
  rig.start();
  rig.connect();
  for (int i = 0; i < 2000; ++i) {
    auto stray = Rig::header(Op::kData);
    stray.src_port = 2000;
    rig.send_packet(stray, "x");
  }
  rig.send_packet(Rig::header(Op::kData), "still heard");
  CHECK(server.received() == "still heard");
  size_t resets = 0;
  while (rig.receive_op() == Op::kReset) ++resets;
  CHECK(resets == VirtioVsock::kMaxStrayResets);
}

TEST_CASE("VSK-01: no more than so many connections") {
  TestVsockHost host;
  host.listeners[80];
  Rig rig(host);
  rig.start();
  for (size_t i = 0; i <= VirtioVsock::kMaxConnections; ++i) {
    auto request = Rig::header(Op::kRequest);
    request.src_port = static_cast<uint32_t>(1000 + i);
    rig.send_packet(request);
    CHECK(rig.receive_op() == (i < VirtioVsock::kMaxConnections ? Op::kResponse : Op::kReset));
  }
  CHECK(rig.device->connections() == VirtioVsock::kMaxConnections);
}

TEST_CASE("VSK-01: an end on either side reaches the other after the data") {
  TestVsockHost host;
  TestSocket& server = host.listeners[80];
  Rig rig(host);
  rig.start();
  rig.connect();
  server.to_guest = {"last"};
  server.ended = true;
  rig.poll();
  CHECK(rig.receive()->data == "last");
  rig.poll();
  const auto shutdown = rig.receive();
  REQUIRE(shutdown.has_value());
  CHECK(shutdown->header.op == Op::kShutdown);
  CHECK(shutdown->header.flags == virtio_vsock::kNoSend);
  rig.poll();
  CHECK(rig.receive_op() == Op::kInvalid);
  server.full = true;
  rig.send_packet(Rig::header(Op::kData), "bye");
  rig.send_op(Op::kShutdown, 3);
  CHECK_FALSE(server.writing_over);
  CHECK(rig.receive_op() == Op::kInvalid);
  server.full = false;
  rig.poll();
  CHECK(server.received() == "bye");
  CHECK(server.writing_over);
  CHECK(rig.receive_op() == Op::kReset);
  CHECK(rig.device->connections() == 0);
}

TEST_CASE("VSK-01: a host that breaks the connection is reported to the guest") {
  TestVsockHost host;
  TestSocket& server = host.listeners[80];
  Rig rig(host);
  rig.start();
  rig.connect();
  server.broken = true;
  rig.poll();
  const auto shutdown = rig.receive();
  REQUIRE(shutdown.has_value());
  CHECK(shutdown->header.op == Op::kShutdown);
  CHECK(shutdown->header.flags == 3);
}

TEST_CASE("VSK-01: messages keep their boundaries") {
  TestVsockHost host;
  TestSocket& server = host.listeners[80];
  Rig rig(host);
  rig.start();
  rig.connect(VsockType::kSeqpacket);
  auto piece = Rig::header(Op::kData, VsockType::kSeqpacket);
  rig.send_packet(piece, "one ");
  CHECK(server.from_guest.empty());
  piece.flags = virtio_vsock::kEndOfMessage;
  rig.send_packet(piece, "message");
  rig.send_packet(piece, "");
  CHECK(server.from_guest == std::deque<std::string>{"one message", ""});
  server.to_guest = {"abcdef", "g"};
  rig.poll();
  CHECK(rig.receive(44 + 4)->header.flags == 0);
  const auto rest = rig.receive();
  CHECK(rest->data == "ef");
  CHECK(rest->header.flags == virtio_vsock::kEndOfMessage);
  rig.poll();
  CHECK(rig.receive()->data == "g");
}

TEST_CASE("VSK-01: messages of a driver that did not take the feature are reset") {
  TestVsockHost host;
  host.listeners[80];
  Rig rig(host);
  rig.start(virtio_vsock::kStreamFeature);
  rig.send_packet(Rig::header(Op::kRequest, VsockType::kSeqpacket));
  CHECK(rig.receive_op() == Op::kReset);
}

TEST_CASE("VSK-01: a buffer with no room for data comes back empty") {
  TestVsockHost host;
  Rig rig(host);
  rig.start();
  rig.send_op(Op::kRequest);
  rig.send(Rig::kRx, {{Rig::kIn, 44, true}});
  CHECK(rig.last_used(Rig::kRx, 1).length == 0);
}

TEST_CASE("virtio-vsock saves and loads: connections are lost, and the guest is told") {
  TestVsockHost host;
  TestSocket& server = host.listeners[80];
  Rig rig(host);
  rig.start();
  rig.connect();
  rig.check_save_and_load();
  CHECK(server.closed);
  rig.send(Rig::kEvents, {{Rig::kIn, 4, true}});
  rig.poll();
  CHECK(rig.last_used(Rig::kEvents, 1).length == 4);
  CHECK(*rig.ram.read<uint32_t>(GuestAddr{Rig::kIn}) == virtio_vsock::kTransportReset);
}

}  // namespace
}  // namespace vireo::testing
