// A disk as a device sees it, put together from a file: raw, or raw under a
// temporary overlay.
#pragma once

#include <cstdint>
#include <memory>

#include "machine/base/block_backend.h"
#include "machine/base/disk_file.h"
#include "machine/base/result.h"

namespace vireo {

enum class DiskFormat : uint8_t { kRaw, kQcow2, kGzip };

// When a disk asks its file to reach stable storage.
enum class FlushPolicy : uint8_t {
  kOnFlush,     // when the guest flushes (cache=writeback, none)
  kEveryWrite,  // after every write, too (cache=writethrough, directsync)
  kNever,       // not even then (cache=unsafe)
};

struct RawDiskOptions {
  bool read_only = false;
  FlushPolicy flush = FlushPolicy::kOnFlush;
  // The user said format=raw: do not refuse a file that looks like another format.
  bool format_is_raw = false;
  bool any_size = false;  // ImageOptions
};

// The file's bytes are the disk's bytes. Errors: an empty file or a size that is no multiple of
// 512, unless any_size; the mark of another image format.
Result<std::unique_ptr<BlockBackend>> make_raw_disk(std::unique_ptr<DiskFile> file,
                                                    const RawDiskOptions& options);

// snapshot=on: reads show `base` until written; writes, discards and zeroes go
// to `scratch`, an empty file that may grow to the disk's size and is thrown
// away afterwards. `base` is never written; flushing does nothing.
std::unique_ptr<BlockBackend> make_overlay_disk(std::unique_ptr<BlockBackend> base,
                                                std::unique_ptr<DiskFile> scratch);

}  // namespace vireo
