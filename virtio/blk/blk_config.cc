#include "virtio/blk/blk_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "virtio/blk/blk_device.h"
#include "virtio/core.h"

namespace vireo {
namespace {

using namespace virtio_blk;

constexpr uint32_t kHeads = 16;
constexpr uint32_t kSectorsPerTrack = 63;
constexpr uint64_t kMaxCylinders = 16383;

bool power_of_two_in(uint32_t value, uint32_t low, uint32_t high) {
  return std::has_single_bit(value) && value >= low && value <= high;
}

// Head and status take a descriptor each, in the smaller of both interfaces' rings.
uint32_t seg_max(const VirtioBlkOptions& options) {
  return std::min<uint32_t>(options.queue_size, VirtioCore::kMaxLegacyQueueSize) - 2;
}

void fill_geometry(Config& config) {
  const uint64_t cylinders = config.capacity / (kHeads * kSectorsPerTrack);
  config.cylinders = static_cast<uint16_t>(std::clamp<uint64_t>(cylinders, 1, kMaxCylinders));
  config.heads = kHeads;
  config.sectors = kSectorsPerTrack;
}

void fill_topology(Config& config, const VirtioBlkOptions& options) {
  const uint32_t block = options.logical_block_size;
  const uint32_t min_io = options.min_io_size != 0 ? options.min_io_size : block;
  config.physical_block_exp =
      static_cast<uint8_t>(std::countr_zero(options.physical_block_size / block));
  config.min_io_size = static_cast<uint16_t>(min_io / block);
  config.opt_io_size = options.opt_io_size / block;
}

void fill_zeroing(Config& config, const VirtioBlkOptions& options, uint64_t features) {
  if (features & kDiscard) {
    config.max_discard_sectors = VirtioBlk::kMaxDiscardSectors;
    config.max_discard_seg = VirtioBlk::kMaxDiscardSegments;
    config.discard_sector_alignment = options.logical_block_size / kSectorSize;
  }
  if (features & kWriteZeroes) {
    config.max_write_zeroes_sectors = VirtioBlk::kMaxWriteZeroesSectors;
    config.max_write_zeroes_seg = VirtioBlk::kMaxWriteZeroesSegments;
    config.write_zeroes_may_unmap = 1;
  }
}

Result<void> check_block_sizes(const VirtioBlkOptions& options, const BlockBackend& backend) {
  const uint32_t block = options.logical_block_size;
  if (!power_of_two_in(block, kSectorSize, 4096)) {
    return Error{fmt::format("logical_block_size={} must be 512, 1024, 2048 or 4096", block)};
  }
  const uint32_t physical = options.physical_block_size;
  if (!power_of_two_in(physical, block, 1u << 21)) {
    return Error{fmt::format(
        "physical_block_size={} must be a power of two from logical_block_size={} to 2097152",
        physical, block)};
  }
  if (options.min_io_size % block != 0 || options.min_io_size / block > UINT16_MAX) {
    return Error{fmt::format("min_io_size={} must be a multiple of {} and at most {}",
                             options.min_io_size, block, uint64_t{UINT16_MAX} * block)};
  }
  if (options.opt_io_size % block != 0) {
    return Error{
        fmt::format("opt_io_size={} must be a multiple of {}", options.opt_io_size, block)};
  }
  if (backend.size() % block != 0) {
    return Error{fmt::format("{}: size {} is no multiple of logical_block_size={}",
                             backend.description(), backend.size(), block)};
  }
  return {};
}

}  // namespace

Result<void> check_blk_options(const VirtioBlkOptions& options, const BlockBackend& backend) {
  if (options.serial.size() > kIdBytes) {
    return Error{fmt::format("serial={} is longer than {} bytes", options.serial, kIdBytes)};
  }
  if (options.num_queues < 1 || options.num_queues > 1024) {
    return Error{fmt::format("num-queues={} must be 1 to 1024", options.num_queues)};
  }
  if (!power_of_two_in(options.queue_size, 4, 1024)) {
    return Error{
        fmt::format("queue-size={} must be a power of two from 4 to 1024", options.queue_size)};
  }
  return check_block_sizes(options, backend);
}

Config blk_config(const VirtioBlkOptions& options, uint64_t capacity_bytes, uint64_t features) {
  Config config{};
  config.capacity = capacity_bytes / kSectorSize;
  config.seg_max = seg_max(options);
  fill_geometry(config);
  config.blk_size = options.logical_block_size;
  fill_topology(config, options);
  if (features & kMultiQueue) config.num_queues = static_cast<uint16_t>(options.num_queues);
  fill_zeroing(config, options, features);
  return config;
}

}  // namespace vireo
