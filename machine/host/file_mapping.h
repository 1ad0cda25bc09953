// Which memory of the process shows the pages of a file: when somebody cuts the file short, the
// next look at such a page is the signal SIGBUS, and the user must hear which file it was.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace vireo {

// Says so of a range for as long as it lives. Move-only. More of them than a few at a time are
// not known to the handler of the signal, for which SIGBUS then is the crash that it always was.
class FileMapping {
 public:
  FileMapping() = default;
  // `name` is what messages call the file.
  FileMapping(const std::byte* data, uint64_t size, const std::string& name);
  FileMapping(FileMapping&& other) noexcept;
  FileMapping& operator=(FileMapping&& other) noexcept;
  ~FileMapping() { forget(); }

  // For the handler of SIGBUS: when `address` is in such a range, writes one line to stderr and
  // ends the process with status 1. There is nothing to go on with: a part of memory is gone, and
  // what the guest would do without must not reach its disks.
  static void end_if_lost(const void* address);

 private:
  void forget();
  int slot_ = -1;
};

}  // namespace vireo
