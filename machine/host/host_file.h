// An opened file or folder of the host behind OpenFile, and what stat(2) says in its terms.
#pragma once

#include <sys/stat.h>

#include "machine/base/file_tree.h"
#include "machine/host/unique_fd.h"

namespace vireo {

FileInfo file_info(const struct stat& from);
// errno as it is; Linux hosts have the guest's numbers.
Errno last_errno();

class HostFile final : public OpenFile {
 public:
  explicit HostFile(UniqueFd fd) : fd_(std::move(fd)) {}

  FileResult<size_t> read(uint64_t offset, std::span<std::byte> out) override;
  FileResult<size_t> write(uint64_t offset, std::span<const std::byte> in) override;
  Errno sync(bool data_only) override;
  FileResult<FileInfo> info() override;
  Errno resize(uint64_t size) override;

 private:
  UniqueFd fd_;
};

}  // namespace vireo
