// Any framing of a request gives the same answer: row RG-04 (and LG-12) on virtio-blk.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/pci/pci_testbed.h"
#include "tests/unit/virtio/blk_bench.h"

namespace vireo {
namespace {

using testing::BlkAnswer;
using testing::BlkBench;
using testing::kBlkOk;
using testing::Noise;
using testing::Piece;

// Cuts [addr, addr + length) into pieces of random lengths, empty ones among them.
void cut(std::vector<Piece>& pieces, Noise& noise, uint64_t addr, uint32_t length, bool writes) {
  const uint32_t longest = 1 + noise.below(length);
  while (length > 0) {
    const uint32_t piece = std::min(length, noise.below(longest + 1));
    pieces.push_back({addr, piece, writes});
    addr += piece;
    length -= piece;
  }
}

std::vector<Piece> random_framing(Noise& noise, uint32_t readable, uint32_t writable) {
  for (;;) {
    std::vector<Piece> pieces;
    cut(pieces, noise, BlkBench::kReadable, readable, false);
    cut(pieces, noise, BlkBench::kWritable, writable, true);
    if (pieces.size() <= 1024) return pieces;
  }
}

TEST_CASE("RG-04: IN gives the same data however its room is cut") {
  BlkBench bench;
  Noise noise(4);
  for (int i = 0; i < 200; ++i) {
    const uint64_t sector = noise.below(120);
    const uint32_t room = 512 * (1 + noise.below(8));
    const auto pieces = random_framing(noise, 16, room + 1);

    const BlkAnswer answer = bench.run(pieces, 0, sector, {}, room);

    REQUIRE(answer.status == kBlkOk);
    REQUIRE(answer.used_length == room + 1);
    REQUIRE(answer.data == bench.disk_bytes(sector * 512, room));
  }
}

TEST_CASE("RG-04: OUT writes the same data however it is cut") {
  BlkBench bench;
  Noise noise(5);
  for (int i = 0; i < 200; ++i) {
    const uint64_t sector = noise.below(120);
    std::vector<uint8_t> payload(512 * (1 + noise.below(8)));
    for (uint8_t& byte : payload) byte = static_cast<uint8_t>(noise.next());
    const auto pieces = random_framing(noise, static_cast<uint32_t>(16 + payload.size()), 1);

    const BlkAnswer answer = bench.run(pieces, 1, sector, payload, 0);

    REQUIRE(answer.status == kBlkOk);
    REQUIRE(answer.used_length == 1);
    REQUIRE(bench.disk_bytes(sector * 512, payload.size()) == payload);
  }
}

TEST_CASE("RG-04: DISCARD segments and GET_ID may be cut anywhere too") {
  BlkBench bench({.serial = "cut me into pieces"});
  Noise noise(6);
  for (int i = 0; i < 200; ++i) {
    auto payload = BlkBench::segment(noise.below(100), 1 + noise.below(20));
    const auto second = BlkBench::segment(noise.below(100), 1 + noise.below(20));
    payload.insert(payload.end(), second.begin(), second.end());
    REQUIRE(bench.run(random_framing(noise, 48, 1), 11, 0, payload, 0).status == kBlkOk);

    const BlkAnswer id = bench.run(random_framing(noise, 16, 21), 8, 0, {}, 20);
    REQUIRE(id.used_length == 21);
    REQUIRE(std::string(id.data.begin(), id.data.begin() + 18) == "cut me into pieces");
  }
  CHECK(bench.disk.discards.size() == 400);
}

TEST_CASE("RG-04: single bytes and one big piece are framings as well") {
  BlkBench bench;
  std::vector<Piece> bytes;
  for (uint64_t i = 0; i < 16; ++i) bytes.push_back({BlkBench::kReadable + i, 1, false});
  for (uint64_t i = 0; i < 513; ++i) bytes.push_back({BlkBench::kWritable + i, 1, true});
  CHECK(bench.run(bytes, 0, 3, {}, 512).data == bench.disk_bytes(1536, 512));

  const std::vector<Piece> big{{BlkBench::kReadable, 16, false}, {BlkBench::kWritable, 513, true}};
  CHECK(bench.run(big, 0, 3, {}, 512).data == bench.disk_bytes(1536, 512));
}

TEST_CASE("BLK-08: a chain of seg_max segments, head and status is served") {
  BlkBench bench({}, 128 << 10);
  std::vector<Piece> pieces{{BlkBench::kReadable, 16, false}};
  const uint32_t segments = bench.config().seg_max;
  for (uint64_t i = 0; i <= segments; ++i) {
    pieces.push_back({BlkBench::kWritable + 512 * i, i < segments ? 512u : 1u, true});
  }

  const BlkAnswer answer = bench.run(pieces, 0, 0, {}, 512 * segments);

  CHECK(answer.status == kBlkOk);
  CHECK(answer.data == bench.disk_bytes(0, 512 * segments));
}

}  // namespace
}  // namespace vireo
