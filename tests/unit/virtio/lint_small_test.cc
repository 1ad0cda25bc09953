// The driver lint's rules about entropy, console, balloon and socket devices, shown on chains made
// by hand.
#include "tests/unit/virtio/lint_small_bench.h"
#include "virtio/balloon/balloon_protocol.h"
#include "virtio/vsock/vsock_protocol.h"

namespace vireo::testing {
namespace {

TEST_CASE("lint: rng-readable") {
  SmallBench rng(virtio_type::kEntropy);
  CHECK(rng.take(LintRule::kRngReadable, 0, 64, kWrite) == 0);
  CHECK(rng.take(LintRule::kRngReadable, 0, 64) == 1);
}

TEST_CASE("lint: console-direction") {
  SmallBench console(virtio_type::kConsole);
  for (unsigned receive : {0u, 2u, 4u}) {
    CHECK(console.take(LintRule::kConsoleDirection, receive, 64, kWrite) == 0);
    CHECK(console.take(LintRule::kConsoleDirection, receive, 64) == 1);
    CHECK(console.take(LintRule::kConsoleDirection, receive + 1, 64) == 0);
    CHECK(console.take(LintRule::kConsoleDirection, receive + 1, 64, kWrite) == 1);
  }
}

TEST_CASE("lint: console-control") {
  using virtio_console::ControlEvent;
  SmallBench console(virtio_type::kConsole);
  const auto say = [&](ControlEvent event, uint32_t bytes = 8) {
    console.device.ram.write(GuestAddr{SmallBench::kBytes},
                             virtio_console::ControlMessage{0, event, 1});
    return console.take(LintRule::kConsoleControl, virtio_console::kControlTransmit, bytes);
  };
  CHECK(say(ControlEvent::kDeviceReady) == 0);
  CHECK(say(ControlEvent::kPortReady) == 0);
  CHECK(say(ControlEvent::kPortOpen) == 0);
  CHECK(say(ControlEvent::kPortAdd) == 1);
  CHECK(say(ControlEvent::kPortOpen, 7) == 1);
  CHECK(say(ControlEvent::kPortOpen, 9) == 1);
  // Without MULTIPORT there is no such queue.
  console.device.accepted = virtio_feature::kVersion1;
  CHECK(say(ControlEvent::kPortAdd) == 0);
}

TEST_CASE("lint: balloon-direction and balloon-pages") {
  SmallBench balloon(virtio_type::kBalloon);
  const auto tell = [&](uint32_t page, uint32_t bytes = 8) {
    balloon.device.ram.write(GuestAddr{SmallBench::kBytes}, uint64_t{page} << 32 | 7);
    return balloon.take(LintRule::kBalloonPages, 0, bytes);
  };
  CHECK(tell(255) == 0);
  CHECK(tell(256) == 1);
  CHECK(tell(UINT32_MAX) == 1);
  CHECK(tell(UINT32_MAX, 4) == 0);
  CHECK(tell(0, 7) == 1);
  CHECK(balloon.breaches(LintRule::kBalloonDirection) == 0);
  CHECK(balloon.take(LintRule::kBalloonDirection, 1, 8, kWrite) == 1);
  // Pages to report are writable.
  CHECK(balloon.take(LintRule::kBalloonDirection, 3, 8, kWrite) == 0);
}

TEST_CASE("lint: balloon-stats") {
  SmallBench balloon(virtio_type::kBalloon);
  balloon.device.accepted |= virtio_balloon::kStatsQueue;
  CHECK(balloon.take(LintRule::kBalloonStats, 2, 100) == 0);
  CHECK(balloon.take(LintRule::kBalloonStats, 2, 96) == 1);
}

TEST_CASE("lint: vsock-direction, vsock-header and vsock-address") {
  using namespace virtio_vsock;
  SmallBench socket(virtio_type::kVsock);
  socket.device.configuration[0] = std::byte{42};  // guest_cid
  const auto send = [&](LintRule rule, const Header& header, uint32_t bytes) {
    const auto head = std::as_bytes(std::span(&header, 1)).first(kHeaderBytes);
    socket.device.ram.write_bytes(GuestAddr{SmallBench::kBytes}, head);
    return socket.take(rule, 1, bytes);
  };
  const Header good{.src_cid = 42, .dst_cid = 2, .length = 10};
  CHECK(send(LintRule::kVsockHeader, good, 54) == 0);
  CHECK(send(LintRule::kVsockHeader, good, 53) == 1);
  CHECK(send(LintRule::kVsockHeader, good, 43) == 1);
  CHECK(send(LintRule::kVsockAddress, good, 54) == 0);
  CHECK(send(LintRule::kVsockAddress, {.src_cid = 43, .dst_cid = 2}, 44) == 1);
  CHECK(send(LintRule::kVsockAddress, {.src_cid = 42, .dst_cid = 1ull << 32}, 44) == 1);
  CHECK(socket.breaches(LintRule::kVsockDirection) == 0);
  CHECK(socket.take(LintRule::kVsockDirection, 0, 64) == 1);
  CHECK(socket.take(LintRule::kVsockDirection, 0, 64, kWrite) == 0);
  CHECK(socket.take(LintRule::kVsockDirection, 1, 44, kWrite) == 1);
}

}  // namespace
}  // namespace vireo::testing
