// What a disk takes from its drive.
#include <doctest/doctest.h>

#include "machine/board/virtio/make_blk.h"

using namespace vireo;

TEST_CASE("the drive's cache mode decides the write cache unless the device does") {
  DriveConfig drive;
  BlkConfig device;
  const auto write_cache = [&](CacheMode cache) {
    drive.cache = cache;
    return settled_blk_options(device, drive, 1).write_cache;
  };
  CHECK(write_cache(CacheMode::kWriteback));
  CHECK(write_cache(CacheMode::kNone));
  CHECK_FALSE(write_cache(CacheMode::kWritethrough));
  CHECK_FALSE(write_cache(CacheMode::kDirectsync));
  device.write_cache_chosen = true;
  CHECK(write_cache(CacheMode::kWritethrough));
  device.options.write_cache = false;
  CHECK_FALSE(write_cache(CacheMode::kWriteback));
}

TEST_CASE("the serial number is the device's own, else the drive's") {
  DriveConfig drive;
  drive.serial = "from-drive";
  BlkConfig device;
  CHECK(settled_blk_options(device, drive, 1).serial == "from-drive");
  device.options.serial = "own";
  CHECK(settled_blk_options(device, drive, 1).serial == "own");
}

TEST_CASE("a disk has a queue for each processor unless it chooses") {
  const DriveConfig drive;
  BlkConfig device;
  CHECK(settled_blk_options(device, drive, 1).num_queues == 1);
  CHECK(settled_blk_options(device, drive, 4).num_queues == 4);
  device.num_queues_chosen = true;
  device.options.num_queues = 2;
  CHECK(settled_blk_options(device, drive, 4).num_queues == 2);
}
