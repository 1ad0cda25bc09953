#include "tests/unit/virtio/net/frames.h"
#include "tests/unit/virtio/net/net_bench.h"

namespace vireo {
namespace {

using namespace virtio_net;
using testing::Bytes;
using testing::NetBench;
using testing::TcpSpec;

Header gso_header(uint8_t type, uint16_t size, bool v6 = false) {
  return {.flags = kFlagNeedsCsum,
          .gso_type = type,
          .hdr_len = 0,
          .gso_size = size,
          .csum_start = static_cast<uint16_t>(v6 ? 54 : 34),
          .csum_offset = 16,
          .num_buffers = 0};
}

TEST_CASE_FIXTURE(NetBench, "a frame of the driver goes out as it is") {
  const Bytes frame = testing::plain_frame({1, 2, 3, 4, 5, 6}, 100);

  transmit(frame);

  REQUIRE(net.sent.size() == 1);
  CHECK(net.sent[0] == frame);
  CHECK(card->statistics().sent.bytes == 100);
}

TEST_CASE_FIXTURE(NetBench, "NET-01: the header has 12 bytes, for a legacy driver 10") {
  const Bytes frame = testing::plain_frame({1, 2, 3, 4, 5, 6}, 100);
  CHECK(header_bytes() == 12);
  transmit(frame);

  host.bits = kMac;
  CHECK(header_bytes() == 10);
  transmit(frame);
  host.bits = kMac | kMrgRxbuf;
  CHECK(header_bytes() == 12);
  transmit(frame);

  CHECK(net.sent == std::vector<Bytes>{frame, frame, frame});
}

TEST_CASE_FIXTURE(NetBench, "NET-05: a checksum left open is completed") {
  const Bytes frame = testing::tcp_frame({.to_card = false, .checksum = false});
  const Header header{.flags = kFlagNeedsCsum,
                      .gso_type = kGsoNone,
                      .hdr_len = 0,
                      .gso_size = 0,
                      .csum_start = 34,
                      .csum_offset = 16,
                      .num_buffers = 0};

  transmit(frame, header);

  REQUIRE(net.sent.size() == 1);
  CHECK(testing::tcp_sum_good(net.sent[0]));
  CHECK(net.sent[0] == testing::tcp_frame({.to_card = false}));
}

TEST_CASE_FIXTURE(NetBench,
                  "NET-05: a checksum outside the frame is refused, the next frame is not") {
  const Bytes frame = testing::plain_frame({1, 2, 3, 4, 5, 6}, 60);
  for (const auto& [start, offset] : {std::pair{60, 0}, {59, 0}, {34, 25}, {0xffff, 0xffff}}) {
    Header header{};
    header.flags = kFlagNeedsCsum;
    header.csum_start = static_cast<uint16_t>(start);
    header.csum_offset = static_cast<uint16_t>(offset);
    transmit(frame, header);
  }
  CHECK(net.sent.empty());
  CHECK(card->statistics().sent.dropped == 4);

  transmit(frame);

  CHECK(net.sent.size() == 1);
}

TEST_CASE_FIXTURE(NetBench, "NET-05: unknown flags are ignored, unknown segmentation is refused") {
  const Bytes frame = testing::plain_frame({1, 2, 3, 4, 5, 6}, 60);
  Header header{};
  header.flags = 0xf8;
  transmit(frame, header);
  CHECK(net.sent.size() == 1);

  for (const uint8_t type : {2, 3, 5, 0x7f}) {
    transmit(frame, gso_header(type, 1000));
  }
  CHECK(net.sent.size() == 1);
  CHECK(card->statistics().sent.dropped == 4);
}

void check_segments(const std::vector<Bytes>& sent, bool v6, uint32_t payload, uint32_t size) {
  const size_t data = 14 + testing::ip_header(v6) + 20;
  REQUIRE(sent.size() == (payload + size - 1) / size);
  uint32_t sequence = 1000;
  for (size_t i = 0; i < sent.size(); ++i) {
    const Bytes& segment = sent[i];
    const uint32_t length = std::min(size, payload - static_cast<uint32_t>(i) * size);
    REQUIRE(segment.size() == data + length);
    CHECK(testing::tcp_sum_good(segment, v6));
    CHECK(testing::get32(segment, data - 16) == sequence);
    CHECK(segment[data] == static_cast<uint8_t>(sequence));
    CHECK(segment.back() == static_cast<uint8_t>(sequence + length - 1));
    if (!v6) {
      CHECK(testing::ip_sum_good(segment));
      CHECK(testing::get16(segment, 16) == segment.size() - 14);
      CHECK(testing::get16(segment, 18) == 7 + i);
    } else {
      CHECK(testing::get16(segment, 18) == segment.size() - 54);
    }
    sequence += length;
  }
}

TEST_CASE_FIXTURE(NetBench, "NET-05: a large TCP segment is cut by gso_size") {
  constexpr uint8_t kFinPshAck = 0x19;
  const TcpSpec spec{.to_card = false, .flags = kFinPshAck, .payload = 4000, .checksum = false};
  transmit(testing::tcp_frame(spec), gso_header(kGsoTcp4, 1400));

  check_segments(net.sent, false, 4000, 1400);
  CHECK(net.sent[0][47] == 0x10);
  CHECK(net.sent[1][47] == 0x10);
  CHECK(net.sent[2][47] == kFinPshAck);
}

TEST_CASE_FIXTURE(NetBench, "NET-05: the same for IPv6") {
  const TcpSpec spec{.v6 = true, .to_card = false, .payload = 3001, .checksum = false};
  transmit(testing::tcp_frame(spec), gso_header(kGsoTcp6, 1000, true));

  check_segments(net.sent, true, 3001, 1000);
}

TEST_CASE_FIXTURE(NetBench, "NET-05: with ECN only the first segment says that the window shrank") {
  constexpr uint8_t kCwrAck = 0x90;
  const TcpSpec spec{.to_card = false, .flags = kCwrAck, .payload = 3000, .checksum = false};
  transmit(testing::tcp_frame(spec), gso_header(kGsoTcp4 | kGsoEcn, 1500 - 40));

  REQUIRE(net.sent.size() == 3);
  CHECK(net.sent[0][47] == kCwrAck);
  CHECK(net.sent[1][47] == 0x10);
  CHECK(net.sent[2][47] == 0x10);
}

TEST_CASE_FIXTURE(NetBench, "NET-05: header length is only a hint, and TCP options are repeated") {
  const TcpSpec spec{.to_card = false, .payload = 2500, .options = 12, .checksum = false};
  Header header = gso_header(kGsoTcp4, 1000);
  header.hdr_len = 0xffff;

  transmit(testing::tcp_frame(spec), header);

  REQUIRE(net.sent.size() == 3);
  for (const Bytes& segment : net.sent) {
    CHECK(testing::tcp_sum_good(segment));
    CHECK(segment[54] == 1);
  }
}

TEST_CASE_FIXTURE(NetBench, "NET-05: segments of size 0, and of what is not TCP, are refused") {
  const TcpSpec spec{.to_card = false, .payload = 3000, .checksum = false};
  const Bytes frame = testing::tcp_frame(spec);
  transmit(frame, gso_header(kGsoTcp4, 0));
  transmit(frame, gso_header(kGsoTcp6, 1000));
  transmit(testing::plain_frame({1, 2, 3, 4, 5, 6}, 3000), gso_header(kGsoTcp4, 1000));
  Bytes lies = frame;
  testing::put16(lies, 16, 5000);  // longer than the frame
  transmit(lies, gso_header(kGsoTcp4, 1000));
  Bytes udp = frame;
  udp[23] = 17;
  transmit(udp, gso_header(kGsoTcp4, 1000));

  CHECK(net.sent.empty());
  CHECK(card->statistics().sent.dropped == 5);
}

TEST_CASE_FIXTURE(NetBench, "a backend with long frames gets a large segment in one piece") {
  net.largest = kLargestFrame;
  const TcpSpec spec{.to_card = false, .payload = 40000, .checksum = false};

  transmit(testing::tcp_frame(spec), gso_header(kGsoTcp4, 1460));

  REQUIRE(net.sent.size() == 1);
  CHECK(testing::tcp_sum_good(net.sent[0]));
}

TEST_CASE_FIXTURE(NetBench, "a backend that takes offloads gets the work with the frame") {
  net.offloads = true;
  const TcpSpec spec{.to_card = false, .payload = 4000, .checksum = false};
  const Bytes frame = testing::tcp_frame(spec);

  transmit(frame, gso_header(kGsoTcp4, 1460));

  REQUIRE(net.sent.size() == 1);
  CHECK(net.sent[0] == frame);
  CHECK(net.sent_offloads[0].segments == FrameOffload::Segments::kTcp4);
  CHECK(net.sent_offloads[0].segment_size == 1460);
  CHECK(net.sent_offloads[0].checksum_start == 34);
}

TEST_CASE_FIXTURE(NetBench, "NET-06: transmitted chains come back with length 0") {
  transmit(testing::plain_frame({1, 2, 3, 4, 5, 6}, 100));

  CHECK(rings[1].used_idx() == 1);
  CHECK(rings[1].used(0).length == 0);
}

TEST_CASE_FIXTURE(NetBench, "NET-06: frames too short or too long are consumed and dropped") {
  transmit(Bytes(13));
  CHECK(rings[1].used_idx() == 1);
  const uint32_t too_long = kLargestFrame + 1;
  rings[1].offer(rings[1].chain({{kTx, header_bytes(), false}, {kTx + 64, too_long, false}}));
  serve(1);
  rings[1].offer(rings[1].chain({{kTx, 5, false}}));  // not even a header
  serve(1);
  transmit(Bytes(1600));  // more than the backend takes

  CHECK(rings[1].used_idx() == 4);
  CHECK(net.sent.empty());
  CHECK(card->statistics().sent.dropped == 4);
  CHECK_FALSE(queues[1]->failed());
}

TEST_CASE_FIXTURE(NetBench, "a backend that is not ready leaves the frames with the driver") {
  net.ready_now = false;
  transmit(testing::plain_frame({1, 2, 3, 4, 5, 6}));
  CHECK(rings[1].used_idx() == 0);
  card->poll_input();
  CHECK(host.ready.count(1) == 0);

  net.ready_now = true;
  card->poll_input();

  CHECK(host.ready[1] == 1);
  serve(1);
  CHECK(net.sent.size() == 1);
}

TEST_CASE_FIXTURE(NetBench, "one event sends a bounded number of segments") {
  const TcpSpec spec{.to_card = false, .payload = 1000, .checksum = false};
  const Bytes frame = testing::tcp_frame(spec);
  net.largest = 1000;
  const Header header = gso_header(kGsoTcp4, 1);
  ram.write_bytes(GuestAddr{kTx}, std::as_bytes(std::span(&header, 1)));
  ram.write_bytes(GuestAddr{kTx + 64}, std::as_bytes(std::span(frame)));
  for (int i = 0; i < 3; ++i) {
    rings[1].offer(
        rings[1].chain({{kTx, 12, false}, {kTx + 64, static_cast<uint32_t>(frame.size()), false}}));
  }

  CHECK(serve(1) == QueueWork::kMore);

  CHECK(net.sent.size() == 1000);
  CHECK(rings[1].used_idx() == 1);
}

}  // namespace
}  // namespace vireo
