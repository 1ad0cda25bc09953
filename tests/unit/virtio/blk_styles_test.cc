// virtio-blk with drivers of every style: split and packed rings, legacy and modern, direct
// and indirect, in order or not.
#include <doctest/doctest.h>

#include "tests/unit/virtio/device_bench.h"
#include "tests/unit/virtio/vector_backend.h"
#include "virtio/blk/blk_device.h"

namespace vireo {
namespace {

using testing::Answer;
using testing::BenchMachine;
using testing::Bytes;
using testing::DeviceBench;
using testing::DriverStyle;
using testing::Noise;
using testing::VectorBackend;

Bytes request(uint32_t type, uint64_t sector, const Bytes& data = {}) {
  Bytes bytes(16);
  std::memcpy(bytes.data(), &type, 4);
  std::memcpy(bytes.data() + 8, &sector, 8);
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

struct Rig {
  explicit Rig(const DriverStyle& style) : bench(machine, *blk, style) { bench.start(); }

  // Reads `sector` and compares it with the disk.
  bool reads(uint64_t sector, Noise* cut) {
    const Answer answer = bench.exchange(0, request(0, sector), 513, cut);
    return answer.used_length == 513 && answer.room[512] == 0 &&
           std::memcmp(answer.room.data(), disk.bytes.data() + 512 * sector, 512) == 0;
  }

  BenchMachine machine;
  VectorBackend disk{64 << 10};
  std::unique_ptr<VirtioBlk> blk = std::move(*VirtioBlk::create(disk, {}));
  DeviceBench bench;
};

TEST_CASE("RG-04, LG-12: every style of driver reads and writes, however it cuts requests") {
  for (const DriverStyle& style : testing::driver_styles()) {
    CAPTURE(style.name());
    Rig rig(style);
    Noise noise(7);
    for (unsigned i = 0; i < 300; ++i) {
      const uint64_t sector = noise.below(128);
      REQUIRE(rig.reads(sector, &noise));
      const Bytes data(512, static_cast<uint8_t>(i));
      const Answer written = rig.bench.exchange(0, request(1, sector, data), 1, &noise);
      REQUIRE(written.room[0] == 0);
      REQUIRE(written.used_length == 1);
      REQUIRE(rig.reads(sector, nullptr));
    }
  }
}

TEST_CASE("requests in bulk come back once each, in every style") {
  for (const DriverStyle& style : testing::driver_styles()) {
    CAPTURE(style.name());
    Rig rig(style);
    for (unsigned round = 0; round < 10; ++round) {
      std::vector<uint16_t> sent;
      for (unsigned i = 0; i < 20; ++i) {
        sent.push_back(rig.bench.submit(0, request(0, i), 513));
      }
      rig.bench.settle();
      const auto answers = rig.bench.answers(0);
      REQUIRE(answers.size() == sent.size());
      for (size_t i = 0; i < sent.size(); ++i) {
        CHECK(answers[i].id == sent[i]);
        CHECK(answers[i].room[512] == 0);
      }
    }
    // Without an interrupt wished for later than the first, a batch costs one.
    CHECK(rig.bench.queue_interrupts[0] >= 1);
    CHECK(rig.bench.queue_interrupts[0] < 200);
  }
}

TEST_CASE("a device is saved and loaded between requests in every style") {
  for (const DriverStyle& style : testing::driver_styles()) {
    CAPTURE(style.name());
    Rig rig(style);
    for (uint64_t i = 0; i < 5; ++i) REQUIRE(rig.reads(i, nullptr));
    Archive saved = Archive::saver();
    rig.bench.core.visit(saved);
    for (uint64_t i = 0; i < 3; ++i) REQUIRE(rig.reads(i, nullptr));
    Archive changed = Archive::saver();
    rig.bench.core.visit(changed);
    CHECK(changed.bytes() != saved.bytes());

    Archive loader = Archive::loader(saved.bytes());
    rig.bench.core.visit(loader);
    CHECK(loader.ok());
    Archive again = Archive::saver();
    rig.bench.core.visit(again);
    CHECK(again.bytes() == saved.bytes());
  }
}

}  // namespace
}  // namespace vireo
