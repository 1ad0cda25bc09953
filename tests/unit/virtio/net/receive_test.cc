#include "tests/unit/virtio/net/frames.h"
#include "tests/unit/virtio/net/net_bench.h"

namespace vireo {
namespace {

using namespace virtio_net;
using testing::Bytes;
using testing::NetBench;
using testing::TcpSpec;

// A driver that takes whole frames only.
struct PlainBench : NetBench {
  PlainBench() { host.bits = kMac | virtio_feature::kVersion1; }
};

TEST_CASE_FIXTURE(NetBench, "a frame from outside lands behind its header") {
  const Bytes frame = testing::card_frame(100);
  post(2, 1526);
  net.arrive(frame);

  deliver();

  const auto got = received();
  REQUIRE(got.has_value());
  CHECK(got->bytes == frame);
  CHECK(got->used == std::vector<uint32_t>{112});
  CHECK(got->header.flags == 0);
  CHECK(card->statistics().received.frames == 1);
}

TEST_CASE_FIXTURE(PlainBench, "NET-02: without MRG_RXBUF num_buffers is 1") {
  post(1, 1526);
  net.arrive(testing::card_frame());
  deliver();

  CHECK(received()->header.num_buffers == 1);
}

TEST_CASE_FIXTURE(NetBench,
                  "NET-01, NET-02: a legacy driver without MRG_RXBUF has a 10-byte header") {
  host.bits = kMac;
  host.legacy = true;
  post(1, 1524);
  net.arrive(testing::card_frame(60));
  deliver();

  CHECK(received()->used == std::vector<uint32_t>{70});
}

TEST_CASE_FIXTURE(NetBench, "NET-02: a frame over several buffers fills all but the last") {
  const Bytes frame = testing::card_frame(1000);
  post(8, 300);
  net.arrive(frame);

  deliver();

  const auto got = received();
  REQUIRE(got.has_value());
  CHECK(got->header.num_buffers == 4);
  CHECK(got->used == std::vector<uint32_t>{300, 300, 300, 112});
  CHECK(got->bytes == frame);
}

TEST_CASE_FIXTURE(NetBench, "NET-02: all parts of a frame become visible at once") {
  post(8, 300);
  net.arrive(testing::card_frame(1000));
  card->poll_input();
  card->process_queue(0, *queues[0]);
  CHECK(rings[0].used_idx() == 0);

  queues[0]->publish();

  CHECK(rings[0].used_idx() == 4);
}

TEST_CASE_FIXTURE(NetBench, "NET-03: a frame waits until it has all the buffers it needs") {
  const Bytes frame = testing::card_frame(1000);
  post(3, 300);
  net.arrive(frame);
  deliver();
  CHECK(rings[0].used_idx() == 0);
  CHECK(rings[0].used_flags() == 0);  // a kick is wanted

  post(1, 300);
  serve(0);

  CHECK(received()->bytes == frame);
}

TEST_CASE_FIXTURE(NetBench,
                  "NET-03: with EVENT_IDX the kick is for the buffer after those that wait") {
  queues[0]->set_features({.event_idx = true, .indirect = true});
  post(3, 300);
  net.arrive(testing::card_frame(1000));

  deliver();

  CHECK(rings[0].avail_event() == 3);
}

TEST_CASE_FIXTURE(PlainBench,
                  "NET-03: a frame larger than the buffer is dropped, the buffer stays") {
  post(1, 1526);
  net.arrive(testing::card_frame(1515));
  net.arrive(testing::card_frame(1514));

  deliver();

  CHECK(received()->bytes.size() == 1514);
  CHECK(card->statistics().received.dropped == 1);
}

TEST_CASE_FIXTURE(NetBench, "NET-03: what no list holds any more is left outside") {
  for (size_t i = 0; i < 2 * RxBacklog::kMaxFrames; ++i) net.arrive(testing::card_frame());

  card->poll_input();

  CHECK(net.incoming.size() == RxBacklog::kMaxFrames);
  CHECK(host.ready[0] == 1);
}

TEST_CASE_FIXTURE(NetBench, "no kick is asked for while nothing waits for a buffer") {
  post(4, 1526);
  queues[0]->suppress_kicks();

  CHECK(serve(0) == QueueWork::kPaused);

  CHECK(rings[0].used_flags() == 1);
}

TEST_CASE_FIXTURE(NetBench,
                  "NET-04: segments that follow each other come as one, within GUEST_TSO4") {
  post(8, 1526);
  for (uint32_t i = 0; i < 3; ++i) {
    net.arrive(testing::tcp_frame({.sequence = 1000 + 1400 * i, .payload = i == 2 ? 700u : 1400u}));
  }

  deliver();

  const auto got = received();
  REQUIRE(got.has_value());
  CHECK(got->header.flags == kFlagNeedsCsum);
  CHECK(got->header.gso_type == kGsoTcp4);
  CHECK(got->header.gso_size == 1400);
  CHECK(got->header.hdr_len == 54);
  CHECK(got->header.csum_start == 34);
  CHECK(got->header.csum_offset == 16);
  REQUIRE(got->bytes.size() == 54 + 3500);
  CHECK(testing::get16(got->bytes, 16) == 40 + 3500);
  CHECK(testing::ip_sum_good(got->bytes));
  CHECK(testing::get16(got->bytes, 50) == testing::slow_pseudo_sum(got->bytes, false));
  for (size_t i = 0; i < 3500; ++i) REQUIRE(got->bytes[54 + i] == static_cast<uint8_t>(1000 + i));
  CHECK_FALSE(received().has_value());
}

TEST_CASE_FIXTURE(NetBench, "NET-04: the same for IPv6 and GUEST_TSO6") {
  post(8, 1526);
  net.arrive(testing::tcp_frame({.v6 = true, .sequence = 5, .payload = 1000}));
  net.arrive(testing::tcp_frame({.v6 = true, .sequence = 1005, .payload = 1000}));

  deliver();

  const auto got = received();
  REQUIRE(got.has_value());
  CHECK(got->header.gso_type == kGsoTcp6);
  CHECK(got->header.csum_start == 54);
  CHECK(testing::get16(got->bytes, 18) == 2020);
  CHECK(testing::get16(got->bytes, 70) == testing::slow_pseudo_sum(got->bytes, true));
}

TEST_CASE_FIXTURE(NetBench, "NET-04: nothing is joined for a driver that takes no segments") {
  host.bits &= ~(kGuestTso4 | kGuestTso6);
  post(8, 1526);
  net.arrive(testing::tcp_frame({.sequence = 1000}));
  net.arrive(testing::tcp_frame({.sequence = 1100}));
  deliver();

  for (int i = 0; i < 2; ++i) {
    const auto got = received();
    REQUIRE(got.has_value());
    CHECK(got->header.gso_type == kGsoNone);
    CHECK(got->header.flags == 0);
  }
}

TEST_CASE_FIXTURE(NetBench, "segments are joined only where cutting them again gives the same") {
  const TcpSpec first{.sequence = 1000, .payload = 500};
  const auto joined = [&](const Bytes& next, const TcpSpec& head) {
    NetBench bench;
    bench.post(8, 1526);
    bench.net.arrive(testing::tcp_frame(head));
    bench.net.arrive(next);
    bench.deliver();
    return bench.received()->header.gso_type != kGsoNone;
  };
  Bytes damaged = testing::tcp_frame({.sequence = 1500, .payload = 500});
  CHECK(joined(damaged, first));
  damaged[100] ^= 1;
  CHECK_FALSE(joined(damaged, first));
  CHECK_FALSE(joined(testing::tcp_frame({.sequence = 1501, .payload = 500}), first));
  CHECK_FALSE(joined(testing::tcp_frame({.sequence = 1500, .payload = 501}), first));
  CHECK_FALSE(joined(testing::tcp_frame({.sequence = 1500, .flags = 0x11}), first));
  CHECK_FALSE(joined(testing::tcp_frame({.sequence = 1500, .source = 81}), first));
  CHECK_FALSE(joined(testing::tcp_frame({.sequence = 1500, .options = 4}), first));
  CHECK_FALSE(joined(testing::tcp_frame({.sequence = 1500, .payload = 0}), first));
  CHECK_FALSE(joined(testing::tcp_frame({.sequence = 1500}), {.flags = 0x18, .payload = 500}));
  Bytes congested = testing::tcp_frame({.sequence = 1500});
  congested[15] = 3;
  testing::put16(congested, 24, 0);
  testing::put16(congested, 24, static_cast<uint16_t>(~testing::slow_sum(congested, 14, 34)));
  CHECK_FALSE(joined(congested, first));
}

TEST_CASE_FIXTURE(NetBench, "a joined segment stays within what IP can say") {
  post(60, 4000);
  for (uint32_t i = 0; i < 60; ++i) {
    net.arrive(testing::tcp_frame({.sequence = 1000 + 1448 * i, .payload = 1448}));
  }

  deliver();

  const auto got = received();
  REQUIRE(got.has_value());
  CHECK(got->bytes.size() == 14 + 40 + 45 * 1448);
  CHECK(received()->bytes.size() == 14 + 40 + 15 * 1448);
}

TEST_CASE_FIXTURE(NetBench,
                  "NET-04: a backend's large segment is passed on or cut, as the driver likes") {
  const FrameOffload offload{.needs_checksum = true,
                             .segments = FrameOffload::Segments::kTcp4,
                             .checksum_start = 34,
                             .checksum_offset = 16,
                             .header_length = 54,
                             .segment_size = 1000};
  const Bytes frame = testing::tcp_frame({.payload = 2500, .checksum = false});
  post(8, 1526);
  net.arrive(frame, offload);
  deliver();
  CHECK(received()->header.gso_size == 1000);

  host.bits &= ~(kGuestTso4 | kGuestTso6 | kGuestCsum);
  net.arrive(frame, offload);
  deliver();

  for (const size_t size : {1054u, 1054u, 554u}) {
    const auto got = received();
    REQUIRE(got.has_value());
    CHECK(got->header.flags == 0);
    CHECK(got->bytes.size() == size);
    CHECK(testing::tcp_sum_good(got->bytes));
  }
}

TEST_CASE_FIXTURE(NetBench, "NET-04: flags are 0 without GUEST_CSUM, and checksums complete") {
  const FrameOffload open{.needs_checksum = true, .checksum_start = 34, .checksum_offset = 16};
  const Bytes frame = testing::tcp_frame({.checksum = false});
  post(8, 1526);
  net.arrive(frame, open);
  net.arrive(frame, {.checksum_valid = true});
  deliver();
  CHECK(received()->header.flags == kFlagNeedsCsum);
  CHECK(received()->header.flags == kFlagDataValid);

  host.bits &= ~(kGuestTso4 | kGuestTso6 | kGuestCsum);
  net.arrive(frame, open);
  net.arrive(frame, {.checksum_valid = true});
  deliver();

  const auto completed = received();
  CHECK(completed->header.flags == 0);
  CHECK(testing::tcp_sum_good(completed->bytes));
  CHECK(received()->header.flags == 0);
}

TEST_CASE_FIXTURE(NetBench, "frames that are none are not given to the driver") {
  post(4, 1526);
  net.arrive(Bytes(13));
  net.arrive(Bytes(kLargestFrame + 1));
  net.arrive({});

  deliver();

  CHECK_FALSE(received().has_value());
  CHECK(card->statistics().received.dropped == 3);
}

TEST_CASE_FIXTURE(NetBench, "what answers a frame at once is taken in the same event") {
  post(4, 1526);
  net.arrive(testing::card_frame());

  transmit(testing::plain_frame({1, 2, 3, 4, 5, 6}));

  CHECK(host.ready[0] == 1);
  CHECK(net.incoming.empty());
}

}  // namespace
}  // namespace vireo
