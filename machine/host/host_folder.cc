#include "machine/host/host_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "machine/host/fd_io.h"
#include "machine/host/file_attributes.h"
#include "machine/host/host_file.h"

namespace vireo {
namespace {

// Each file that the guest has open is open here.
void raise_open_file_limit() {
  rlimit limit;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

Errno outcome(int result) { return result == 0 ? Errno::kNone : last_errno(); }

FileResult<struct stat> stat_at(const FolderPlace& at) {
  struct stat found;
  if (!at.found() || ::fstatat(at.folder(), at.name(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
    return last_errno();
  }
  return found;
}

bool openable(uint32_t mode) { return S_ISREG(mode) || S_ISDIR(mode); }

// A file that was a pipe or a device must not make the machine wait: it is looked at before,
// and with O_NONBLOCK whatever took its place meanwhile opens at once or not at all.
int open_flags(OpenMode mode) {
  int flags = O_NONBLOCK | O_NOCTTY;
  if (mode.write) flags |= mode.read ? O_RDWR : O_WRONLY;
  return mode.truncate ? flags | O_TRUNC : flags;
}

timespec host_time(const std::optional<FileChange::Time>& time) {
  if (!time) return {0, UTIME_OMIT};
  if (time->now) return {0, UTIME_NOW};
  return {time->value.seconds, static_cast<long>(time->value.nanoseconds)};
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

}  // namespace

Result<std::unique_ptr<FileTree>> HostFolder::open(const FolderSpec& spec, FolderWalk::Way way) {
  UniqueFd root(::open(spec.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) {
    return errno_error("share the folder", spec.path, "check the path= of -fsdev or -virtfs");
  }
  raise_open_file_limit();
  return std::unique_ptr<FileTree>(new HostFolder(spec, std::move(root), way));
}

// --- looking ---

FileResult<FileInfo> HostFolder::info(const std::string& path) {
  const auto found = stat_at(walk_.place(path));
  if (!found) return found.error();
  return file_info(*found);
}

FileResult<std::vector<FolderEntry>> HostFolder::list(const std::string& path) {
  UniqueFd opened = walk_.open(path, O_RDONLY | O_DIRECTORY);
  struct stat folder;
  if (!opened.valid() || ::fstat(opened.get(), &folder) != 0) return last_errno();
  const int fd = opened.get();
  const std::unique_ptr<DIR, CloseFolder> entries(::fdopendir(fd));
  if (entries == nullptr) return last_errno();
  (void)opened.release();  // closed with `entries`
  std::vector<FolderEntry> list;
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    uint32_t type = DTTOIF(entry->d_type);
    struct stat unknown;
    if (entry->d_type == DT_UNKNOWN &&
        ::fstatat(fd, entry->d_name, &unknown, AT_SYMLINK_NOFOLLOW) == 0) {
      type = unknown.st_mode & S_IFMT;
    }
    list.push_back({std::string(name), type, {folder.st_dev, entry->d_ino}});
  }
  std::sort(list.begin(), list.end(),
            [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
  return list;
}

FileResult<std::string> HostFolder::read_link(const std::string& path) {
  const FolderPlace at = walk_.place(path);
  std::array<char, 4096> target;
  const ssize_t length =
      at.found() ? ::readlinkat(at.folder(), at.name(), target.data(), target.size()) : -1;
  if (length < 0) return last_errno();
  return std::string(target.data(), static_cast<size_t>(length));
}

FileResult<FileSystemInfo> HostFolder::file_system() {
  struct statvfs found;
  if (::fstatvfs(walk_.root(), &found) != 0) return last_errno();
  // Blocks are counted in fragments.
  return FileSystemInfo{static_cast<uint32_t>(found.f_frsize),
                        found.f_blocks,
                        found.f_bfree,
                        found.f_bavail,
                        found.f_files,
                        found.f_ffree,
                        static_cast<uint32_t>(found.f_namemax)};
}

// --- files ---

FileResult<std::unique_ptr<OpenFile>> HostFolder::open(const std::string& path, OpenMode mode) {
  const FolderPlace at = walk_.place(path);
  const auto before = stat_at(at);
  if (!before) return before.error();
  if (S_ISLNK(before->st_mode)) return static_cast<Errno>(ELOOP);
  if (!openable(before->st_mode)) return static_cast<Errno>(ENXIO);
  UniqueFd fd(::openat(at.folder(), at.name(), open_flags(mode) | O_NOFOLLOW | O_CLOEXEC));
  struct stat after;
  if (!fd.valid() || ::fstat(fd.get(), &after) != 0) return last_errno();
  if (!openable(after.st_mode)) return static_cast<Errno>(ENXIO);
  return std::unique_ptr<OpenFile>(std::make_unique<HostFile>(std::move(fd)));
}

FileResult<std::unique_ptr<OpenFile>> HostFolder::create(const std::string& path, OpenMode mode,
                                                         bool exclusive, const NewFile& file) {
  const FolderPlace at = walk_.place(path);
  if (!at.found()) return last_errno();
  const int flags = open_flags(mode) | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd fd(::openat(at.folder(), at.name(), flags, 0600));
  if (!fd.valid()) {
    if (errno == EEXIST && !exclusive) return open(path, mode);
    return last_errno();
  }
  if (const Errno error = settle_or_remove(at, file, 0); error != Errno::kNone) return error;
  return std::unique_ptr<OpenFile>(std::make_unique<HostFile>(std::move(fd)));
}

// --- names ---

Errno HostFolder::settle(const FolderPlace& at, const NewFile& file, bool link) {
  const auto made = stat_at(at);
  if (!made) return made.error();
  if ((made->st_uid != file.uid || made->st_gid != file.gid) &&
      ::fchownat(at.folder(), at.name(), file.uid, file.gid, AT_SYMLINK_NOFOLLOW) != 0 &&
      spec_.security == FolderSpec::Security::kPassthrough) {
    return last_errno();
  }
  if (link) return Errno::kNone;
  return set_permissions(at, file.mode & file_mode::kPermissions);
}

Errno HostFolder::settle_or_remove(const FolderPlace& at, const NewFile& file, int remove_flags,
                                   bool link) {
  const Errno error = settle(at, file, link);
  if (error != Errno::kNone) (void)::unlinkat(at.folder(), at.name(), remove_flags);
  return error;
}

Errno HostFolder::make_folder(const std::string& path, const NewFile& file) {
  const FolderPlace at = walk_.place(path);
  if (!at.found() || ::mkdirat(at.folder(), at.name(), 0700) != 0) return last_errno();
  return settle_or_remove(at, file, AT_REMOVEDIR);
}

Errno HostFolder::make_link(const std::string& path, const std::string& target,
                            const NewFile& file) {
  const FolderPlace at = walk_.place(path);
  if (!at.found() || ::symlinkat(target.c_str(), at.folder(), at.name()) != 0) return last_errno();
  return settle_or_remove(at, file, 0, true);
}

Errno HostFolder::make_node(const std::string& path, uint32_t device_major, uint32_t device_minor,
                            const NewFile& file) {
  const FolderPlace at = walk_.place(path);
  const dev_t device = makedev(device_major, device_minor);
  const mode_t mode = (file.mode & file_mode::kTypeMask) | 0600;
  if (!at.found() || ::mknodat(at.folder(), at.name(), mode, device) != 0) return last_errno();
  return settle_or_remove(at, file, 0);
}

Errno HostFolder::hard_link(const std::string& from, const std::string& to) {
  const FolderPlace old_place = walk_.place(from);
  if (!old_place.found()) return last_errno();
  const FolderPlace new_place = walk_.place(to);
  if (!new_place.found()) return last_errno();
  return outcome(
      ::linkat(old_place.folder(), old_place.name(), new_place.folder(), new_place.name(), 0));
}

Errno HostFolder::rename(const std::string& from, const std::string& to) {
  const FolderPlace old_place = walk_.place(from);
  if (!old_place.found()) return last_errno();
  const FolderPlace new_place = walk_.place(to);
  if (!new_place.found()) return last_errno();
  return outcome(
      ::renameat(old_place.folder(), old_place.name(), new_place.folder(), new_place.name()));
}

Errno HostFolder::remove(const std::string& path, bool folder) {
  const FolderPlace at = walk_.place(path);
  if (!at.found()) return last_errno();
  return outcome(::unlinkat(at.folder(), at.name(), folder ? AT_REMOVEDIR : 0));
}

// --- attributes ---

Errno HostFolder::change(const std::string& path, const FileChange& change) {
  const FolderPlace at = walk_.place(path);
  if (!at.found()) return last_errno();
  constexpr uint32_t kSame = UINT32_MAX;
  if ((change.uid || change.gid) &&
      ::fchownat(at.folder(), at.name(), change.uid.value_or(kSame), change.gid.value_or(kSame),
                 AT_SYMLINK_NOFOLLOW) != 0 &&
      !(errno == EPERM && spec_.security == FolderSpec::Security::kNone)) {
    return last_errno();
  }
  if (change.permissions) {
    const Errno error = set_permissions(at, *change.permissions);
    if (error != Errno::kNone) return error;
  }
  if (!change.accessed && !change.modified) return Errno::kNone;
  const timespec times[2] = {host_time(change.accessed), host_time(change.modified)};
  return outcome(::utimensat(at.folder(), at.name(), times, AT_SYMLINK_NOFOLLOW));
}

FileResult<std::vector<std::string>> HostFolder::list_attributes(const std::string& path) {
  return list_file_attributes(walk_.open(path, O_PATH));
}

FileResult<std::vector<std::byte>> HostFolder::attribute(const std::string& path,
                                                         const std::string& name) {
  return file_attribute(walk_.open(path, O_PATH), name);
}

Errno HostFolder::set_attribute(const std::string& path, const std::string& name,
                                std::span<const std::byte> value, uint32_t flags) {
  return set_file_attribute(walk_.open(path, O_PATH), name, value, flags);
}

Errno HostFolder::remove_attribute(const std::string& path, const std::string& name) {
  return remove_file_attribute(walk_.open(path, O_PATH), name);
}

}  // namespace vireo
