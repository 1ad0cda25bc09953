// Guest RAM on the host: zero pages which cost nothing until they are touched.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "machine/base/guest_memory.h"
#include "machine/base/result.h"
#include "machine/host/file_mapping.h"

namespace vireo {

// See HostRam::expect_bulk_write; for any memory of the process.
void expect_bulk_write(std::byte* data, size_t size);

// Gives whole host pages of a HostRam back: they read as zeros, and cost nothing until they
// are written again.
void release_pages(std::byte* data, uint64_t size);

// A private anonymous mapping without swap reservation; unmapped with the
// object. Move-only. Pages appear, zeroed, when first touched.
class HostRam {
 public:
  static constexpr uint64_t kFilePiece = 64 * 1024;

  HostRam() = default;
  HostRam(HostRam&& other) noexcept;
  HostRam& operator=(HostRam&& other) noexcept;
  ~HostRam();

  // `bytes` is rounded up to whole pages.
  static Result<HostRam> allocate(uint64_t bytes);

  // [offset, offset + size) is about to be written nearly whole (a kernel is
  // placed there): huge pages save thousands of page faults. Only a hint.
  void expect_bulk_write(uint64_t offset, uint64_t size);

  // Gets the pages of another RAM of the same size, at the addresses of this one. On an error
  // nothing has changed.
  Result<void> take_over(HostRam other);
  // Shows the bytes of a file from `offset` on, privately; see StoredFile::show_in(). On an
  // error nothing has changed.
  Result<void> show_file(int fd, uint64_t offset, const std::string& name,
                         std::vector<bool> pieces);

  // Whether untouched pages of the range are zeros, rather than a file's.
  bool begins_as_zeros(uint64_t offset, uint64_t length) const;

  uint64_t size() const { return size_; }
  std::byte* data() const { return data_; }
  // Bytes [offset, offset + size) of this RAM, seen by the guest at `base`. The
  // range must lie within the RAM; the RAM must outlive the region's user.
  RamRegion region(GuestAddr base, uint64_t offset, uint64_t size) const;

 private:
  HostRam(std::byte* data, uint64_t size) : data_(data), size_(size) {}
  void release();
  std::byte* data_ = nullptr;
  uint64_t size_ = 0;
  std::vector<bool> file_pieces_;  // of kFilePiece bytes; empty: there is no file
  FileMapping file_;
};

}  // namespace vireo
