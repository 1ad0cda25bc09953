// The words of virtio-gpu: features, configuration, commands (VirtIO 1.4 section 5.7).
#pragma once

#include <cstdint>

#include "virtio/features.h"

namespace vireo::virtio_gpu {

inline constexpr uint64_t kEdid = feature_bit(1);

// Section 5.7.2.
inline constexpr unsigned kControlQueue = 0, kCursorQueue = 1;

// Section 5.7.4; events_clear reads as zero.
struct Config {
  uint32_t events_read = 0;
  uint32_t events_clear = 0;
  uint32_t num_scanouts = 0;
  uint32_t num_capsets = 0;
};
inline constexpr uint32_t kEventDisplay = 1;
inline constexpr uint32_t kMaxScanouts = 16;

// Section 5.7.6.7.
enum class Type : uint32_t {
  kGetDisplayInfo = 0x0100,
  kResourceCreate2d,
  kResourceUnref,
  kSetScanout,
  kResourceFlush,
  kTransferToHost2d,
  kResourceAttachBacking,
  kResourceDetachBacking,
  kGetCapsetInfo,
  kGetCapset,
  kGetEdid,
  kUpdateCursor = 0x0300,
  kMoveCursor,
  kOkNodata = 0x1100,
  kOkDisplayInfo,
  kOkCapsetInfo,
  kOkCapset,
  kOkEdid,
  kErrUnspec = 0x1200,
  kErrOutOfMemory,
  kErrInvalidScanoutId,
  kErrInvalidResourceId,
  kErrInvalidContextId,
  kErrInvalidParameter,
};

inline constexpr uint32_t kFlagFence = 1;

// In front of every command and answer.
struct Header {
  Type type{};
  uint32_t flags = 0;
  uint64_t fence_id = 0;
  uint32_t ctx_id = 0;
  uint32_t ring_idx = 0;  // one byte, and padding
};
static_assert(sizeof(Header) == 24);

struct Rect {
  uint32_t x = 0, y = 0, width = 0, height = 0;
  bool operator==(const Rect&) const = default;
};

// What follows the header, by command (section 5.7.6.8).
struct ResourceCreate2d {
  uint32_t resource_id, format, width, height;
};
struct ResourceOnly {  // unref, detach_backing
  uint32_t resource_id, padding;
};
struct SetScanout {
  Rect r;
  uint32_t scanout_id, resource_id;
};
struct ResourceFlush {
  Rect r;
  uint32_t resource_id, padding;
};
struct TransferToHost2d {
  Rect r;
  uint64_t offset;  // of the rectangle's first pixel in the backing
  uint32_t resource_id, padding;
};
struct AttachBacking {
  uint32_t resource_id, nr_entries;  // so many MemEntry follow
};
struct MemEntry {
  uint64_t addr;
  uint32_t length, padding;
};
struct GetEdid {
  uint32_t scanout, padding;
};
struct CursorPlace {  // move_cursor
  uint32_t scanout_id, x, y, padding;
};
struct UpdateCursor {
  CursorPlace place;
  uint32_t resource_id, hot_x, hot_y, padding;  // 0: no cursor
};

// And what follows it in the answers that have more.
struct DisplayMode {
  Rect r;
  uint32_t enabled = 0, flags = 0;
};
struct DisplayInfo {
  DisplayMode modes[kMaxScanouts];
};
struct EdidAnswer {
  uint32_t size = 0, padding = 0;
  uint8_t edid[1024] = {};
};

// A cursor's picture, each way in pixels.
inline constexpr uint32_t kCursorSide = 64;

}  // namespace vireo::virtio_gpu
