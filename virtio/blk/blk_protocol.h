// The wire format of virtio-blk: feature bits, configuration layout, requests (VirtIO 1.4
// section 5.2; the values that only legacy drivers use are in 5.2.6.3).
#pragma once

#include <cstddef>
#include <cstdint>

#include "virtio/features.h"

namespace vireo::virtio_blk {

inline constexpr uint64_t kSegMax = feature_bit(2);
inline constexpr uint64_t kGeometry = feature_bit(4);
inline constexpr uint64_t kReadOnly = feature_bit(5);
inline constexpr uint64_t kBlockSize = feature_bit(6);
inline constexpr uint64_t kFlush = feature_bit(9);
inline constexpr uint64_t kTopology = feature_bit(10);
inline constexpr uint64_t kConfigWce = feature_bit(11);
inline constexpr uint64_t kMultiQueue = feature_bit(12);
inline constexpr uint64_t kDiscard = feature_bit(13);
inline constexpr uint64_t kWriteZeroes = feature_bit(14);

enum class RequestType : uint32_t {
  kIn = 0,
  kOut = 1,
  kScsiCmd = 2,     // legacy
  kScsiCmdOut = 3,  // legacy
  kFlush = 4,
  kFlushOut = 5,  // legacy
  kGetId = 8,
  kDiscard = 11,
  kWriteZeroes = 13,
};
inline constexpr uint32_t kLegacyBarrier = 1u << 31;

enum class RequestStatus : uint8_t { kOk = 0, kIoError = 1, kUnsupported = 2 };

struct RequestHeader {
  uint32_t type;
  uint32_t reserved;
  uint64_t sector;  // of 512 bytes, whatever blk_size is
};
static_assert(sizeof(RequestHeader) == 16);

struct DiscardSegment {
  uint64_t sector;
  uint32_t sectors;
  uint32_t flags;
};
static_assert(sizeof(DiscardSegment) == 16);
inline constexpr uint32_t kSegmentUnmap = 1;

// What a legacy SCSI command request ends in, before its status byte.
struct LegacyScsiTail {
  uint32_t errors;
  uint32_t data_length;
  uint32_t sense_length;
  uint32_t residual;
};
inline constexpr uint32_t kScsiErrors = 255;

inline constexpr uint32_t kSectorSize = 512;
inline constexpr size_t kIdBytes = 20;

// Device configuration (section 5.2.4) up to write_zeroes_may_unmap.
struct Config {
  uint64_t capacity;  // sectors
  uint32_t size_max;
  uint32_t seg_max;
  uint16_t cylinders;
  uint8_t heads;
  uint8_t sectors;
  uint32_t blk_size;
  uint8_t physical_block_exp;
  uint8_t alignment_offset;
  uint16_t min_io_size;  // logical blocks
  uint32_t opt_io_size;  // logical blocks
  uint8_t writeback;
  uint8_t unused0;
  uint16_t num_queues;
  uint32_t max_discard_sectors;
  uint32_t max_discard_seg;
  uint32_t discard_sector_alignment;
  uint32_t max_write_zeroes_sectors;
  uint32_t max_write_zeroes_seg;
  uint8_t write_zeroes_may_unmap;
  uint8_t unused1[3];
};
inline constexpr uint32_t kConfigBytes = 60;
static_assert(offsetof(Config, blk_size) == 20 && offsetof(Config, writeback) == 32 &&
              offsetof(Config, num_queues) == 34 && offsetof(Config, max_discard_sectors) == 36 &&
              offsetof(Config, write_zeroes_may_unmap) == 56);

}  // namespace vireo::virtio_blk
