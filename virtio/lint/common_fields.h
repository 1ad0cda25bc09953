// The fields of the common configuration as a driver should see them (VirtIO 1.4 section 4.1.4.3).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vireo {

struct CommonField {
  uint8_t offset;
  uint8_t width;  // of a proper access; a 64-bit field is two of 4 bytes
  std::string_view name;
  bool writable;
  bool of_queue;  // of the queue that queue_select names
};

// In ascending order, without gaps.
std::span<const CommonField> common_fields();

// The field in which an offset lies, or null past the end.
const CommonField* common_field(uint64_t offset);

namespace common_offset {
inline constexpr uint64_t kConfigVector = 0x10;
inline constexpr uint64_t kStatus = 0x14;
inline constexpr uint64_t kGeneration = 0x15;
inline constexpr uint64_t kQueueSelect = 0x16;
inline constexpr uint64_t kQueueVector = 0x1a;
inline constexpr uint64_t kQueueEnable = 0x1c;
inline constexpr uint64_t kQueueReset = 0x3a;
}  // namespace common_offset

}  // namespace vireo
