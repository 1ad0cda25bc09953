// A folder of the host behind FileTree.
#pragma once

#include <memory>
#include <string>

#include "machine/base/file_tree.h"
#include "machine/base/result.h"
#include "machine/host/folder_walk.h"
#include "machine/host/host_specs.h"

namespace vireo {

// Files keep the host's owners and permissions. A new file belongs to the guest's user where
// the host allows it; where it does not, making it fails (kPassthrough) or it stays with the
// user who runs the machine (kNone).
//
// Of the extended attributes the guest sees and sets those named user.*.
class HostFolder final : public FileTree {
 public:
  // Opens an existing folder. The limit of open files is raised as far as the host allows.
  static Result<std::unique_ptr<FileTree>> open(const FolderSpec& spec,
                                                FolderWalk::Way way = FolderWalk::Way::kAtOnce);

  bool read_only() const override { return spec_.read_only; }
  std::string description() const override { return spec_.path; }

  FileResult<FileInfo> info(const std::string& path) override;
  FileResult<std::vector<FolderEntry>> list(const std::string& path) override;
  FileResult<std::string> read_link(const std::string& path) override;
  FileResult<FileSystemInfo> file_system() override;
  FileResult<std::unique_ptr<OpenFile>> open(const std::string& path, OpenMode mode) override;
  FileResult<std::unique_ptr<OpenFile>> create(const std::string& path, OpenMode mode,
                                               bool exclusive, const NewFile& file) override;
  Errno make_folder(const std::string& path, const NewFile& file) override;
  Errno make_link(const std::string& path, const std::string& target, const NewFile& file) override;
  Errno make_node(const std::string& path, uint32_t device_major, uint32_t device_minor,
                  const NewFile& file) override;
  Errno hard_link(const std::string& from, const std::string& to) override;
  Errno rename(const std::string& from, const std::string& to) override;
  Errno remove(const std::string& path, bool folder) override;
  Errno change(const std::string& path, const FileChange& change) override;
  FileResult<std::vector<std::string>> list_attributes(const std::string& path) override;
  FileResult<std::vector<std::byte>> attribute(const std::string& path,
                                               const std::string& name) override;
  Errno set_attribute(const std::string& path, const std::string& name,
                      std::span<const std::byte> value, uint32_t flags) override;
  Errno remove_attribute(const std::string& path, const std::string& name) override;

 private:
  HostFolder(FolderSpec spec, UniqueFd root, FolderWalk::Way way)
      : spec_(std::move(spec)), walk_(std::move(root), way) {}

  // Owner, then permissions (changing the owner takes some away) of a file just made.
  Errno settle(const FolderPlace& at, const NewFile& file, bool link = false);
  // The same, and the file is gone again when that failed.
  Errno settle_or_remove(const FolderPlace& at, const NewFile& file, int remove_flags,
                         bool link = false);

  FolderSpec spec_;
  FolderWalk walk_;
};

}  // namespace vireo
