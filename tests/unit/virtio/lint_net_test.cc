// The driver lint's rules about network frames and packed rings, shown on chains made by hand.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "virtio/lint/driver_lint.h"
#include "tests/unit/virtio/lint_small_bench.h"
#include "virtio/net/net_protocol.h"

namespace vireo {
namespace {

using namespace virtio_net;

constexpr uint16_t kWrite = 2, kIndirect = 4, kNext = 1;

Header header(uint8_t flags, uint8_t gso_type = kGsoNone) {
  return {flags, gso_type, 0, 1448, 0, 0, 0};
}

struct Fixture {
  static constexpr uint64_t kFrame = 0x1000;
  static constexpr unsigned kReceive = 0, kTransmit = 1, kControl = 2;

  Fixture() {
    Config config{};
    config.max_pairs = 4;
    const auto bytes = std::as_bytes(std::span(&config, 1));
    net.configuration = {bytes.begin(), bytes.end()};
    net.accepted = virtio_feature::kVersion1;
    for (unsigned queue : {kReceive, kTransmit, kControl}) {
      lint.on_queue_enabled(
          VirtioInterface::kModern, queue,
          {256, GuestAddr{0x10000u * (queue + 1)}, GuestAddr{0x10000u * (queue + 1) + 0x2000},
           GuestAddr{0x10000u * (queue + 1) + 0x4000}});
    }
  }
  uint64_t breaches(LintRule rule) const { return report.count(rule, net.name()); }
  void take(unsigned queue, uint32_t bytes, uint16_t flags) {
    const WatchedDescriptor descriptor{GuestAddr{kFrame}, bytes, flags, 0, 0, false};
    lint.on_chain({queue, false, 0, std::span(&descriptor, 1), ""});
  }
  void send(const Header& header, uint32_t bytes = 100) {
    net.ram.write(GuestAddr{kFrame}, header);
    take(kTransmit, bytes, 0);
  }

  testing::FakeSmall net{virtio_type::kNet, 3};
  LintReport report{[] { return GuestPlace{}; }, [](const std::string&) {}};
  DriverLint lint{net, report};
};

TEST_CASE_FIXTURE(Fixture, "lint: net-header-short") {
  send({});
  CHECK(breaches(LintRule::kNetHeaderShort) == 0);
  send({}, 11);
  CHECK(breaches(LintRule::kNetHeaderShort) == 1);
  net.accepted = 0;  // a legacy driver's header has 10 bytes
  send({}, 11);
  CHECK(breaches(LintRule::kNetHeaderShort) == 1);
}

TEST_CASE_FIXTURE(Fixture, "lint: net-num-buffers") {
  Header counted = header(0);
  counted.num_buffers = 1;
  send(counted);
  CHECK(breaches(LintRule::kNetNumBuffers) == 1);
}

TEST_CASE_FIXTURE(Fixture, "lint: net-flags") {
  send(header(kFlagNeedsCsum));
  CHECK(breaches(LintRule::kNetFlags) == 1);
  net.accepted |= kCsum;
  send(header(kFlagNeedsCsum));
  CHECK(breaches(LintRule::kNetFlags) == 1);
}

TEST_CASE_FIXTURE(Fixture, "lint: net-segmentation") {
  net.accepted |= kCsum | kHostTso4;
  const Header good = header(kFlagNeedsCsum, kGsoTcp4);
  send(good);
  CHECK(breaches(LintRule::kNetSegmentation) == 0);
  Header bad = good;
  SUBCASE("another type") { bad.gso_type = kGsoTcp6; }
  SUBCASE("without a checksum") { bad.flags = 0; }
  SUBCASE("ECN") { bad.gso_type |= kGsoEcn; }
  send(bad);
  CHECK(breaches(LintRule::kNetSegmentation) == 1);
}

TEST_CASE_FIXTURE(Fixture, "lint: net-buffer-small") {
  take(kReceive, 1526, kWrite);
  CHECK(breaches(LintRule::kNetBufferSmall) == 0);
  SUBCASE("less than a frame") { take(kReceive, 1525, kWrite); }
  SUBCASE("less than a large frame") {
    net.accepted |= kGuestTso4;
    take(kReceive, 1526, kWrite);
  }
  SUBCASE("mergeable, but no header") {
    net.accepted |= kMrgRxbuf;
    take(kReceive, 12, kWrite);
    CHECK(breaches(LintRule::kNetBufferSmall) == 0);
    take(kReceive, 11, kWrite);
  }
  CHECK(breaches(LintRule::kNetBufferSmall) == 1);
}

TEST_CASE_FIXTURE(Fixture, "lint: the control queue carries no frames") {
  net.accepted |= kCtrlVq;
  take(kControl, 2, 0);
  CHECK(breaches(LintRule::kNetHeaderShort) == 0);
  CHECK(breaches(LintRule::kNetBufferSmall) == 0);
}

// A command with its argument, and room for the answer.
struct ControlFixture : Fixture {
  ControlFixture() { net.accepted |= kCtrlVq; }
  void command(uint8_t command_class, uint8_t number, uint64_t argument = 0,
               uint32_t argument_bytes = 8) {
    net.ram.write(GuestAddr{kFrame}, ControlHeader{command_class, number});
    net.ram.write(GuestAddr{kFrame + 2}, argument);
    const WatchedDescriptor pieces[] = {{GuestAddr{kFrame}, 2 + argument_bytes, kNext, 1, 0, false},
                                        {GuestAddr{0x5000}, 1, kWrite, 0, 1, false}};
    lint.on_chain({kControl, false, 0, pieces, ""});
  }
};

TEST_CASE_FIXTURE(ControlFixture, "lint: net-control-short") {
  SUBCASE("header") { take(kControl, 1, 0); }
  SUBCASE("answer") { take(kControl, 2, 0); }
  CHECK(breaches(LintRule::kNetControlShort) == 1);
  CHECK(breaches(LintRule::kNetControlNotNegotiated) == 0);
}

TEST_CASE_FIXTURE(ControlFixture, "lint: net-control-not-negotiated") {
  const struct {
    uint8_t command_class, number;
    unsigned feature;
  } commands[] = {{0, 0, 18}, {0, 1, 18}, {0, 2, 20}, {0, 5, 20}, {1, 0, 18}, {1, 1, 23},
                  {2, 0, 19}, {2, 1, 19}, {3, 0, 21}, {4, 0, 22}, {4, 1, 60}, {4, 2, 57},
                  {5, 0, 2},  {6, 0, 53}, {6, 1, 53}, {6, 2, 52}, {6, 3, 52}};
  uint64_t expected = 0;
  for (const auto& one : commands) {
    CAPTURE(unsigned{one.command_class});
    CAPTURE(unsigned{one.number});
    command(one.command_class, one.number, 1);
    CHECK(breaches(LintRule::kNetControlNotNegotiated) == ++expected);
    net.accepted |= feature_bit(one.feature);
    // With MQ the last queue is the one for commands, which is the third here as well.
    command(one.command_class, one.number, 1);
    CHECK(breaches(LintRule::kNetControlNotNegotiated) == expected);
    net.accepted &= ~feature_bit(one.feature);
  }
  CHECK(breaches(LintRule::kNetControlShort) == 0);
}

TEST_CASE_FIXTURE(ControlFixture, "lint: net-queue-pairs") {
  net.accepted |= kMultiQueue;
  command(control_class::kMq, 0, 1);
  command(control_class::kMq, 0, 4);
  CHECK(breaches(LintRule::kNetQueuePairs) == 0);
  SUBCASE("none") { command(control_class::kMq, 0, 0); }
  SUBCASE("too many") { command(control_class::kMq, 0, 5); }
  SUBCASE("left out") { command(control_class::kMq, 0, 4, 1); }
  CHECK(breaches(LintRule::kNetQueuePairs) == 1);
}

TEST_CASE_FIXTURE(ControlFixture, "lint: net-offload-not-negotiated") {
  net.accepted |= kCtrlGuestOffloads | kGuestCsum;
  command(control_class::kOffloads, 0, kGuestCsum);
  CHECK(breaches(LintRule::kNetOffloadNotNegotiated) == 0);
  command(control_class::kOffloads, 0, kGuestCsum | kGuestTso4);
  CHECK(breaches(LintRule::kNetOffloadNotNegotiated) == 1);
}

TEST_CASE_FIXTURE(Fixture, "lint: feature-needs-other") {
  lint.on_features(VirtioInterface::kModern, 0, kGuestTso4 | kMultiQueue);
  lint.on_features(VirtioInterface::kModern, 1, 1);
  lint.on_status(VirtioInterface::kModern, 3, 11, 11);
  CHECK(breaches(LintRule::kFeatureNeedsOther) == 2);
}

TEST_CASE_FIXTURE(Fixture, "lint: packed-indirect-flags") {
  net.accepted |= virtio_feature::kRingPacked | virtio_feature::kIndirectDesc;
  WatchedDescriptor table[2];
  table[0] = {GuestAddr{0x3000}, 16, kIndirect, 0, 0, false};
  table[1] = {GuestAddr{kFrame}, 100, 0, 0, 0, true};
  lint.on_chain({kTransmit, true, 0, table, ""});
  CHECK(breaches(LintRule::kPackedIndirectFlags) == 0);
  table[1].flags = kNext;
  lint.on_chain({kTransmit, true, 0, table, ""});
  CHECK(breaches(LintRule::kPackedIndirectFlags) == 1);
}

}  // namespace
}  // namespace vireo
