// The words of virtio-balloon: features, configuration, statistics (VirtIO 1.4 section 5.5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "virtio/features.h"

namespace vireo::virtio_balloon {

inline constexpr uint64_t kStatsQueue = feature_bit(1);
inline constexpr uint64_t kDeflateOnOom = feature_bit(2);
inline constexpr uint64_t kPagePoison = feature_bit(4);
inline constexpr uint64_t kReporting = feature_bit(5);

// A page of the balloon, whatever the guest's own page size (section 5.5.6).
inline constexpr uint64_t kPageBytes = 4096;

// Section 5.5.4.
struct Config {
  uint32_t num_pages = 0;  // wanted in the balloon
  uint32_t actual = 0;     // in the balloon; the driver's to write
  uint32_t free_page_hint_id = 0;
  uint32_t poison_value = 0;  // the driver's to write
};
static_assert(sizeof(Config) == 16);

// One statistic: a tag of 16 bits and a value of 64, without padding (section 5.5.6.3).
inline constexpr size_t kStatBytes = 10;

// By tag, as QEMU calls them (section 5.5.6.4). Sizes are in bytes.
inline constexpr std::string_view kStatNames[] = {
    "swap-in",      "swap-out",     "major-faults",     "minor-faults",
    "free-memory",  "total-memory", "available-memory", "disk-caches",
    "htlb-pgalloc", "htlb-pgfail",  "oom-kills",        "alloc-stalls",
    "async-scans",  "direct-scans", "async-reclaims",   "direct-reclaims"};

}  // namespace vireo::virtio_balloon
