#include "machine/board/net/net_dump.h"

#include <doctest/doctest.h>

#include "tests/unit/board/fake_host.h"
#include "tests/unit/virtio/net/net_bench.h"

namespace vireo {
namespace {

using testing::Bytes;

Bytes words(std::initializer_list<uint32_t> values) {
  Bytes bytes;
  for (const uint32_t value : values) {
    for (int shift = 0; shift < 32; shift += 8)
      bytes.push_back(static_cast<uint8_t>(value >> shift));
  }
  return bytes;
}

struct DumpFixture {
  explicit DumpFixture(uint32_t max_bytes = 65536)
      : dump(std::unique_ptr<NetBackend>(net), std::make_unique<testing::FakeChannel>(line), clock,
             max_bytes),
        head(words({0xa1b2c3d4, 4u << 16 | 2, 0, 0, max_bytes, 1})) {}
  Bytes written() const { return {line->output.begin(), line->output.end()}; }
  void send(const Bytes& frame) { dump.send({std::as_bytes(std::span(frame)), {}}); }

  std::shared_ptr<testing::FakeLine> line = std::make_shared<testing::FakeLine>();
  VirtualClock clock;
  testing::MemoryNet* net = new testing::MemoryNet;
  NetDump dump;
  Bytes head;
};

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST_CASE_FIXTURE(DumpFixture,
                  "frames of both directions stand in a pcap file with virtual times") {
  clock.skip_idle(1'500'000'000);
  send({1, 2, 3, 4});
  clock.skip_idle(2'000'000'000);
  net->arrive({5, 6});
  CHECK(dump.receive().has_value());
  CHECK_FALSE(dump.receive().has_value());

  CHECK(written() == head + words({1, 500'000, 4, 4}) + Bytes{1, 2, 3, 4} +
                         words({3, 500'000, 2, 2}) + Bytes{5, 6});
  CHECK(net->sent == std::vector<Bytes>{{1, 2, 3, 4}});
}

TEST_CASE("a dump keeps as much of each frame as it is told") {
  DumpFixture fixture(2);
  fixture.send({1, 2, 3, 4});
  CHECK(fixture.written() == fixture.head + words({0, 0, 2, 4}) + Bytes{1, 2});
}

TEST_CASE_FIXTURE(DumpFixture, "a dump of nothing is a file all the same") {
  dump.flush();
  CHECK(written() == head);
  CHECK(line->flushes == 1);
}

TEST_CASE_FIXTURE(DumpFixture, "a card sees the network behind the dump") {
  net->largest = 777;
  net->ready_now = false;
  CHECK(dump.max_frame() == 777);
  CHECK_FALSE(dump.ready());
  CHECK(dump.description() == "memory");
}

}  // namespace
}  // namespace vireo
