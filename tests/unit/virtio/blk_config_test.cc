// Configuration, options, cache modes and state of virtio-blk: rows BLK-05 and BLK-08 to BLK-12.
#include "virtio/blk/blk_config.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "tests/unit/virtio/blk_bench.h"

namespace vireo {
namespace {

using testing::BlkBench;
using testing::kBlkIoError;
using testing::kBlkOk;
using testing::RequestType;
using testing::VectorBackend;

constexpr uint32_t kWritebackOffset = 32;
const std::vector<uint8_t> kSector(512, 0x5a);

struct Fixture : BlkBench {
  void write_setting(uint8_t value) {
    blk->write_config(kWritebackOffset, std::as_bytes(std::span(&value, 1)));
  }
  // Whether a completed write still waits for a flush.
  bool write_stays_cached() {
    REQUIRE(request(RequestType::kOut, 0, kSector, 0).status == kBlkOk);
    return disk.unflushed != 0;
  }
};

TEST_CASE_FIXTURE(Fixture, "the configuration has the layout of 5.2.4") {
  CHECK(blk->config_size() == 60);
  CHECK(config().capacity == 128);
  CHECK(config().size_max == 0);
  CHECK(config().blk_size == 512);
  CHECK(config().writeback == 1);
}

TEST_CASE_FIXTURE(Fixture, "BLK-05: with FLUSH writes may stay in the cache until it") {
  CHECK(write_stays_cached());
  CHECK(request(RequestType::kFlush, 0, {}, 0).status == kBlkOk);
  CHECK(disk.unflushed == 0);
}

TEST_CASE_FIXTURE(Fixture, "BLK-05: without FLUSH and CONFIG_WCE every write goes through") {
  host.bits &= ~(virtio_blk::kFlush | virtio_blk::kConfigWce);

  CHECK_FALSE(write_stays_cached());
  CHECK(request(RequestType::kWriteZeroes, 0, segment(0, 1), 0).status == kBlkOk);
  CHECK(disk.unflushed == 0);
}

TEST_CASE_FIXTURE(Fixture, "BLK-05: the setting switches the mode live") {
  write_setting(0);
  CHECK(config().writeback == 0);
  CHECK_FALSE(write_stays_cached());

  write_setting(1);

  CHECK(config().writeback == 1);
  CHECK(write_stays_cached());
}

TEST_CASE_FIXTURE(Fixture, "BLK-05: the setting means nothing without CONFIG_WCE") {
  host.bits &= ~virtio_blk::kConfigWce;
  write_setting(0);
  CHECK(write_stays_cached());
}

TEST_CASE_FIXTURE(Fixture, "BLK-05: CONFIG_WCE without FLUSH starts with the cache off") {
  host.bits &= ~virtio_blk::kFlush;
  CHECK(config().writeback == 0);
  CHECK_FALSE(write_stays_cached());
}

TEST_CASE_FIXTURE(Fixture, "BLK-05: a write-through write fails when its flush does") {
  write_setting(0);
  disk.fail_flush = true;
  CHECK(request(RequestType::kOut, 0, kSector, 0).status == kBlkIoError);
}

TEST_CASE_FIXTURE(Fixture, "BLK-05: a reset forgets the driver's setting") {
  write_setting(0);
  blk->reset();
  CHECK(config().writeback == 1);
}

TEST_CASE("BLK-05: CONFIG_WCE is never offered without FLUSH") {
  for (const bool write_cache : {false, true}) {
    for (const bool config_wce : {false, true}) {
      BlkBench bench({.write_cache = write_cache, .config_wce = config_wce});
      const uint64_t bits = bench.blk->device_features();
      const bool offers_flush = (bits & virtio_blk::kFlush) != 0;
      CHECK(((bits & virtio_blk::kConfigWce) != 0) == config_wce);
      CHECK(offers_flush == (write_cache || config_wce));
      CHECK(bench.config().writeback == (write_cache && config_wce));
    }
  }
}

TEST_CASE("BLK-05: write-cache=off writes through") {
  BlkBench bench({.write_cache = false});
  REQUIRE(bench.request(RequestType::kOut, 0, kSector, 0).status == kBlkOk);
  CHECK(bench.disk.unflushed == 0);
}

TEST_CASE_FIXTURE(Fixture, "only the writeback byte can be written") {
  const auto before = config();
  const std::vector<std::byte> ones(60, std::byte{1});

  blk->write_config(0, std::span(ones).first(32));
  blk->write_config(33, std::span(ones).first(27));

  const auto after = config();
  CHECK(std::memcmp(&before, &after, 60) == 0);
}

TEST_CASE("BLK-08: seg_max leaves room for head and status in either interface's ring") {
  CHECK(BlkBench({.queue_size = 256}).config().seg_max == 126);
  CHECK(BlkBench({.queue_size = 128}).config().seg_max == 126);
  CHECK(BlkBench({.queue_size = 64}).config().seg_max == 62);
}

TEST_CASE("BLK-09: block size and topology agree") {
  BlkBench bench({.logical_block_size = 1024,
                  .physical_block_size = 4096,
                  .min_io_size = 8192,
                  .opt_io_size = 65536});
  const auto config = bench.config();
  CHECK(config.blk_size == 1024);
  CHECK(config.physical_block_exp == 2);
  CHECK(config.alignment_offset == 0);
  CHECK(config.min_io_size == 8);
  CHECK(config.opt_io_size == 64);
  CHECK(config.discard_sector_alignment == 2);
}

TEST_CASE("BLK-10: MQ is offered with more than one queue, and the count is told") {
  BlkBench one;
  CHECK((one.blk->device_features() & virtio_blk::kMultiQueue) == 0);
  CHECK(one.config().num_queues == 0);

  BlkBench four({.num_queues = 4});
  CHECK((four.blk->device_features() & virtio_blk::kMultiQueue) != 0);
  CHECK(four.config().num_queues == 4);
  CHECK(four.blk->queue_count() == 4);
}

TEST_CASE_FIXTURE(Fixture, "BLK-11: a resize is told once, and the new range holds") {
  disk.bytes.resize(128 << 10);

  blk->backend_resized();
  blk->backend_resized();

  CHECK(host.config_changes == 1);
  CHECK(config().capacity == 256);
  CHECK(request(RequestType::kIn, 255, {}, 512).status == kBlkOk);
}

TEST_CASE_FIXTURE(Fixture, "BLK-07, BLK-12: limits are not zero where offered, all else is") {
  CHECK(config().max_discard_sectors > 0);
  CHECK(config().max_discard_seg > 0);
  CHECK(config().discard_sector_alignment >= 1);
  CHECK(config().max_write_zeroes_sectors > 0);
  CHECK(config().max_write_zeroes_seg > 0);
  CHECK(config().write_zeroes_may_unmap == 1);
  CHECK(config().unused0 == 0);

  BlkBench plain({.discard = false, .write_zeroes = false});
  CHECK(plain.config().max_discard_sectors == 0);
  CHECK(plain.config().max_write_zeroes_seg == 0);
}

TEST_CASE_FIXTURE(Fixture, "BLK-11: resize changes the disk and tells the driver") {
  CHECK(blk->resize(256 << 10).ok());
  CHECK(disk.bytes.size() == 256 << 10);
  CHECK(host.config_changes == 1);
  CHECK(config().capacity == 512);
  CHECK(blk->resize(512).ok());
  CHECK(request(RequestType::kIn, 1, {}, 512).status == kBlkIoError);
}

TEST_CASE("BLK-11: a disk has whole blocks") {
  BlkBench bench({.logical_block_size = 4096, .physical_block_size = 4096});
  CHECK(bench.blk->resize(4096 + 512).error().message ==
        "4608 bytes: a disk has one or more blocks of 4096");
  CHECK_FALSE(bench.blk->resize(0).ok());
  CHECK(bench.host.config_changes == 0);
}

std::string refusal(const std::function<void(VirtioBlkOptions&)>& change) {
  VectorBackend disk(513 * 512);
  VirtioBlkOptions options;
  change(options);
  const auto made = VirtioBlk::create(disk, options);
  return made ? "" : made.error().message;
}

TEST_CASE("options out of range are named") {
  using Options = VirtioBlkOptions;
  CHECK(refusal([](Options&) {}).empty());
  CHECK(refusal([](Options& o) { o.serial = std::string(21, 'x'); }).find("serial=") == 0);
  CHECK(refusal([](Options& o) { o.num_queues = 0; }).find("num-queues=0") == 0);
  CHECK(refusal([](Options& o) { o.num_queues = 1025; }).find("num-queues=1025") == 0);
  CHECK(refusal([](Options& o) { o.queue_size = 100; }).find("queue-size=100") == 0);
  CHECK(refusal([](Options& o) { o.queue_size = 2048; }).find("queue-size=2048") == 0);
  CHECK(refusal([](Options& o) { o.logical_block_size = 256; }).find("logical_block_size") == 0);
  CHECK(refusal([](Options& o) { o.physical_block_size = 0; }).find("physical_block_size") == 0);
  CHECK(refusal([](Options& o) { o.min_io_size = 100; }).find("min_io_size") == 0);
  CHECK(refusal([](Options& o) { o.opt_io_size = 100; }).find("opt_io_size") == 0);
  CHECK(refusal([](Options& o) {
          o.logical_block_size = o.physical_block_size = 4096;
        }).find("vector: size") == 0);
}

TEST_CASE_FIXTURE(Fixture, "a loaded device equals the saved one") {
  write_setting(0);
  Archive saved = Archive::saver();
  blk->visit(saved);
  blk->reset();

  Archive loader = Archive::loader(saved.bytes());
  blk->visit(loader);
  Archive again = Archive::saver();
  blk->visit(again);

  CHECK(loader.ok());
  CHECK(loader.at_end());
  CHECK(again.bytes() == saved.bytes());
  CHECK(config().writeback == 0);
}

}  // namespace
}  // namespace vireo
