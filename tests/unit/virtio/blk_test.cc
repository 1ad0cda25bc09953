// Requests of virtio-blk: rows BLK-01 to BLK-07, BLK-12, LG-12 and LG-13.
#include <doctest/doctest.h>

#include <numeric>

#include "tests/unit/virtio/blk_bench.h"
#include "virtio/blk/blk_device.h"

namespace vireo {
namespace {

using testing::BlkAnswer;
using testing::BlkBench;
using testing::kBlkIoError;
using testing::kBlkOk;
using testing::kBlkUnsupported;
using testing::RequestType;

constexpr uint64_t kDiskSectors = 128;  // of the default bench

std::vector<uint8_t> counting(size_t length) {
  std::vector<uint8_t> bytes(length);
  std::iota(bytes.begin(), bytes.end(), uint8_t{1});
  return bytes;
}

struct Fixture : BlkBench {};

struct LegacyFixture : BlkBench {
  LegacyFixture() {
    host.legacy = true;
    host.bits &= UINT32_MAX;
  }
};

struct ReadOnlyFixture : BlkBench {
  ReadOnlyFixture() : BlkBench({}, 64 << 10, true) {}
};

TEST_CASE_FIXTURE(Fixture, "BLK-01, BLK-04: IN reads sectors; used length is data and status") {
  const BlkAnswer answer = request(RequestType::kIn, 2, {}, 1024);

  CHECK(answer.status == kBlkOk);
  CHECK(answer.data == disk_bytes(1024, 1024));
  CHECK(answer.used_length == 1025);
}

TEST_CASE_FIXTURE(Fixture, "BLK-01, BLK-04: OUT writes sectors; used length is the status") {
  const auto data = counting(1536);

  const BlkAnswer answer = request(RequestType::kOut, 3, data, 0);

  CHECK(answer.status == kBlkOk);
  CHECK(answer.used_length == 1);
  CHECK(disk_bytes(1536, 1536) == data);
  CHECK(disk.bytes[1535] == testing::VectorBackend::pattern(1535));
  CHECK(disk.bytes[3072] == testing::VectorBackend::pattern(3072));
}

TEST_CASE("requests larger than the bounce buffer pass through it in pieces") {
  BlkBench bench({}, 512 << 10);
  const auto data = counting(300 * 1024);

  CHECK(bench.request(RequestType::kOut, 1, data, 0).status == kBlkOk);
  const BlkAnswer answer = bench.request(RequestType::kIn, 1, {}, 300 * 1024);

  CHECK(answer.data == data);
  CHECK(bench.disk.reads == 3);
}

TEST_CASE_FIXTURE(Fixture, "BLK-01: FLUSH reaches the backend") {
  const BlkAnswer answer = request(RequestType::kFlush, 0, {}, 0);

  CHECK(answer.status == kBlkOk);
  CHECK(answer.used_length == 1);
  CHECK(disk.flushes == 1);
}

TEST_CASE_FIXTURE(Fixture, "BLK-01, BLK-12: types that are not offered are UNSUPP") {
  for (uint32_t type : {2u, 3u, 5u, 6u, 7u, 9u, 10u, 12u, 14u, 15u, 20u, 26u, 0x80000000u, ~0u}) {
    const BlkAnswer answer = request(type, 0, {}, 0);
    CHECK(answer.status == kBlkUnsupported);
    CHECK(answer.used_length == 1);
  }
}

TEST_CASE_FIXTURE(Fixture, "BLK-02: the last sector can be read and written, the next one not") {
  CHECK(request(RequestType::kIn, kDiskSectors - 1, {}, 512).status == kBlkOk);
  CHECK(request(RequestType::kOut, kDiskSectors - 1, counting(512), 0).status == kBlkOk);
  CHECK(request(RequestType::kIn, kDiskSectors, {}, 0).status == kBlkOk);
  for (uint64_t sector : {kDiskSectors, kDiskSectors - 1, ~uint64_t{0}, ~uint64_t{0} >> 9,
                          (uint64_t{1} << 55) - 1, ~uint64_t{0} - 1}) {
    const BlkAnswer answer = request(RequestType::kIn, sector, {}, 1024);
    CHECK(answer.status == kBlkIoError);
    CHECK(answer.used_length == 1);
  }
}

TEST_CASE_FIXTURE(Fixture, "BLK-02: a write past the end changes nothing") {
  const auto before = disk.bytes;

  CHECK(request(RequestType::kOut, kDiskSectors - 1, counting(1024), 0).status == kBlkIoError);

  CHECK(disk.bytes == before);
}

TEST_CASE_FIXTURE(Fixture, "BLK-02: data that is no multiple of 512 is an I/O error") {
  CHECK(request(RequestType::kIn, 0, {}, 511).status == kBlkIoError);
  CHECK(request(RequestType::kIn, 0, {}, 513).status == kBlkIoError);
  CHECK(request(RequestType::kOut, 0, counting(100), 0).status == kBlkIoError);
  CHECK(disk.writes == 0);
}

TEST_CASE("BLK-02: sectors stay 512 bytes with a larger logical block") {
  BlkBench bench({.logical_block_size = 4096, .physical_block_size = 4096});

  const BlkAnswer answer = bench.request(RequestType::kIn, 8, {}, 4096);

  CHECK(answer.data == bench.disk_bytes(4096, 4096));
}

TEST_CASE_FIXTURE(ReadOnlyFixture, "BLK-03: a read-only disk refuses everything that writes") {
  const auto before = disk.bytes;

  CHECK((blk->device_features() & virtio_blk::kReadOnly) != 0);
  CHECK(request(RequestType::kOut, 0, counting(512), 0).status == kBlkIoError);
  CHECK(request(RequestType::kDiscard, 0, segment(0, 1), 0).status == kBlkIoError);
  CHECK(request(RequestType::kWriteZeroes, 0, segment(0, 1), 0).status == kBlkIoError);
  CHECK(request(RequestType::kIn, 0, {}, 512).status == kBlkOk);

  CHECK(disk.bytes == before);
}

TEST_CASE_FIXTURE(Fixture, "BLK-04: a failing disk gives an I/O error and no data length") {
  disk.fail = true;

  const BlkAnswer in = request(RequestType::kIn, 0, {}, 512);
  CHECK(in.status == kBlkIoError);
  CHECK(in.used_length == 1);
  CHECK(in.data == std::vector<uint8_t>(512, testing::kNoStatus));
  CHECK(request(RequestType::kOut, 0, counting(512), 0).status == kBlkIoError);
  CHECK(request(RequestType::kFlush, 0, {}, 0).status == kBlkIoError);
  CHECK(request(RequestType::kDiscard, 0, segment(0, 1), 0).status == kBlkIoError);
  CHECK(request(RequestType::kWriteZeroes, 0, segment(0, 1), 0).status == kBlkIoError);
}

TEST_CASE("BLK-06: GET_ID gives 20 bytes, padded but not terminated") {
  BlkBench named({.serial = "disk-7"});
  const BlkAnswer answer = named.request(RequestType::kGetId, 0, {}, 20);
  std::vector<uint8_t> expected{'d', 'i', 's', 'k', '-', '7'};
  expected.resize(20);
  CHECK(answer.status == kBlkOk);
  CHECK(answer.used_length == 21);
  CHECK(answer.data == expected);

  BlkBench full({.serial = "12345678901234567890"});
  CHECK(full.request(RequestType::kGetId, 0, {}, 20).data.back() == '0');
}

TEST_CASE("BLK-06: GET_ID fills a short buffer and no more than 20 bytes of a long one") {
  BlkBench bench({.serial = "abcdef"});

  const BlkAnswer small = bench.request(RequestType::kGetId, 0, {}, 3);
  CHECK(small.data == std::vector<uint8_t>{'a', 'b', 'c'});
  CHECK(small.used_length == 4);
  const BlkAnswer large = bench.request(RequestType::kGetId, 0, {}, 30);
  CHECK(large.data[20] == testing::kNoStatus);
  CHECK(large.used_length == 21);
}

TEST_CASE_FIXTURE(Fixture, "BLK-07: DISCARD passes its segments on") {
  auto payload = segment(1, 2);
  const auto second = segment(10, 5);
  payload.insert(payload.end(), second.begin(), second.end());

  CHECK(request(RequestType::kDiscard, 0, payload, 0).status == kBlkOk);

  CHECK(disk.discards == std::vector<std::pair<uint64_t, uint64_t>>{{512, 1024}, {5120, 2560}});
}

TEST_CASE_FIXTURE(Fixture, "BLK-07: WRITE_ZEROES zeroes, and unmaps only when told to") {
  CHECK(request(RequestType::kWriteZeroes, 0, segment(1, 2), 0).status == kBlkOk);
  CHECK_FALSE(disk.last_may_unmap);
  CHECK(disk_bytes(512, 1024) == std::vector<uint8_t>(1024, 0));
  CHECK(disk.bytes[511] == testing::VectorBackend::pattern(511));

  CHECK(request(RequestType::kWriteZeroes, 0, segment(4, 1, 1), 0).status == kBlkOk);
  CHECK(disk.last_may_unmap);
}

TEST_CASE_FIXTURE(Fixture, "BLK-07: unknown flags are UNSUPP and do nothing") {
  CHECK(request(RequestType::kDiscard, 0, segment(0, 1, 1), 0).status == kBlkUnsupported);
  CHECK(request(RequestType::kDiscard, 0, segment(0, 1, 2), 0).status == kBlkUnsupported);
  CHECK(request(RequestType::kWriteZeroes, 0, segment(0, 1, 2), 0).status == kBlkUnsupported);
  CHECK(disk.discards.empty());
  CHECK(disk.zeroes.empty());
}

TEST_CASE_FIXTURE(Fixture, "BLK-07: bad segment lists are I/O errors and do nothing") {
  auto out_of_range = segment(0, 1);
  const auto second = segment(kDiskSectors, 1);
  out_of_range.insert(out_of_range.end(), second.begin(), second.end());

  CHECK(request(RequestType::kDiscard, 0, out_of_range, 0).status == kBlkIoError);
  CHECK(request(RequestType::kDiscard, 0, {}, 0).status == kBlkIoError);
  CHECK(request(RequestType::kDiscard, 0, counting(17), 0).status == kBlkIoError);
  CHECK(request(RequestType::kDiscard, 0, std::vector<uint8_t>(16 * 33), 0).status == kBlkIoError);
  CHECK(request(RequestType::kDiscard, 0, segment(~uint64_t{0}, 2), 0).status == kBlkIoError);
  CHECK(request(RequestType::kWriteZeroes, 0, std::vector<uint8_t>(32), 0).status == kBlkIoError);
  CHECK(request(RequestType::kWriteZeroes, 0, segment(0, ~0u), 0).status == kBlkIoError);
  CHECK(disk.discards.empty());
  CHECK(disk.zeroes.empty());
}

TEST_CASE_FIXTURE(Fixture, "BLK-07: DISCARD and WRITE_ZEROES need their features") {
  host.bits &= ~(virtio_blk::kDiscard | virtio_blk::kWriteZeroes);

  CHECK(request(RequestType::kDiscard, 0, segment(0, 1), 0).status == kBlkUnsupported);
  CHECK(request(RequestType::kWriteZeroes, 0, segment(0, 1), 0).status == kBlkUnsupported);
}

TEST_CASE_FIXTURE(Fixture, "RG-39: a chain without a status byte comes back with length 0") {
  const BlkAnswer answer = run({{kReadable, 16, false}}, 0, 0, {}, 0);

  CHECK(answer.status == testing::kNoStatus);
  CHECK(answer.used_length == 0);
  CHECK(request(RequestType::kIn, 0, {}, 512).status == kBlkOk);
}

TEST_CASE_FIXTURE(Fixture, "RG-39: a chain without a whole header is an I/O error") {
  const BlkAnswer answer = run({{kReadable, 15, false}, {kWritable, 1, true}}, 0, 0, {}, 0);

  CHECK(answer.status == kBlkIoError);
  CHECK(answer.used_length == 1);
}

TEST_CASE_FIXTURE(Fixture, "RG-03: IN leaves its header alone and OUT its data") {
  const auto data = counting(512);
  request(RequestType::kOut, 0, data, 0);
  std::vector<uint8_t> after(512);
  ram.read_bytes(GuestAddr{kReadable + 16}, std::as_writable_bytes(std::span(after)));
  CHECK(after == data);
  CHECK(ram.read<uint32_t>(GuestAddr{kReadable}) == 1);
}

TEST_CASE_FIXTURE(LegacyFixture, "LG-13: FLUSH_OUT flushes and the barrier bit is ignored") {
  CHECK(request(RequestType::kFlushOut, 0, {}, 0).status == kBlkOk);
  CHECK(disk.flushes == 1);
  CHECK(request(0x80000000u, 0, {}, 512).status == kBlkOk);
  CHECK(request(0x80000001u, 0, counting(512), 0).status == kBlkOk);
}

TEST_CASE_FIXTURE(LegacyFixture, "LG-13: SCSI commands are UNSUPP with an error count") {
  const BlkAnswer answer = request(RequestType::kScsiCmd, 0, counting(32), 96 + 16);

  CHECK(answer.status == kBlkUnsupported);
  CHECK(answer.used_length == 1);
  CHECK(answer.data[95] == testing::kNoStatus);
  CHECK(answer.data[96] == 255);
  CHECK(std::accumulate(answer.data.begin() + 97, answer.data.end(), 0) == 0);
  CHECK(request(RequestType::kScsiCmdOut, 0, {}, 3).status == kBlkUnsupported);
}

TEST_CASE("one event serves a bounded number of bytes and says that more is left") {
  BlkBench bench({}, 1 << 20);
  bench.place(0, 0, {});
  // 512 KiB per request through two overlapping pieces; 16 MiB is reached after 32.
  const std::vector<testing::Piece> pieces{{BlkBench::kReadable, 16, false},
                                           {BlkBench::kWritable, 256 << 10, true},
                                           {BlkBench::kWritable, 256 << 10, true},
                                           {BlkBench::kWritable, 1, true}};
  testing::DriverRing ring(bench.ram, testing::DriverRing::layout_at(0x4000, 64));
  const uint16_t head = ring.indirect_chain(0xe0000, {}, pieces);
  for (int i = 0; i < 40; ++i) ring.offer(head);
  bench.queue.start(ring.layout(), {.event_idx = false, .indirect = true});

  CHECK(bench.blk->process_queue(0, bench.queue) == QueueWork::kMore);
  CHECK(bench.queue.next_used() == 32);
  CHECK(bench.blk->process_queue(0, bench.queue) == QueueWork::kDrained);
  CHECK(bench.queue.next_used() == 40);
}

// A ring that makes a request available whenever one is taken.
struct EndlessQueue : Virtqueue {
  unsigned taken = 0;
  std::optional<DescriptorChain> pop() override {
    ++taken;
    return DescriptorChain(0);
  }
  void unpop(const DescriptorChain&) override {}
  void push(const DescriptorChain&, uint32_t) override {}
  bool publish() override { return false; }
  void suppress_kicks() override {}
  bool request_kicks() override { return false; }
};

TEST_CASE_FIXTURE(Fixture, "RG-42: a ring that feeds itself gets a bounded number of requests") {
  EndlessQueue endless;

  CHECK(blk->process_queue(0, endless) == QueueWork::kMore);

  CHECK(endless.taken == VirtioBlk::kRequestsPerEvent);
}

}  // namespace
}  // namespace vireo
