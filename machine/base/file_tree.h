// A folder of the outside as a machine shares it with its guest: names below one root,
// nothing above it, errors as Linux numbers.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace vireo {

// Linux's error numbers (those of x86, whatever the host), which a guest gets to see. The host
// room may give any other number as well.
enum class Errno : uint32_t {
  kNone = 0,
  kNotPermitted = 1,
  kNoEntry = 2,
  kIo = 5,
  kBadHandle = 9,
  kNoMemory = 12,
  kAccess = 13,
  kExists = 17,
  kNotDirectory = 20,
  kIsDirectory = 21,
  kInvalid = 22,
  kTooManyFiles = 23,
  kNoSpace = 28,
  kReadOnly = 30,
  kRange = 34,
  kNameTooLong = 36,
  kNotEmpty = 39,
  kNoData = 61,
  kProtocol = 71,
  kMessageSize = 90,
  kNotSupported = 95,
  kStale = 116,
};

// Either a T or an Errno other than kNone.
template <typename T>
class [[nodiscard]] FileResult {
 public:
  FileResult(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  FileResult(Errno error) : state_(std::in_place_index<1>, error) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  Errno error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Errno> state_;
};

struct FileTime {
  int64_t seconds = 0;  // since 1970, UTC
  uint32_t nanoseconds = 0;
  bool operator==(const FileTime&) const = default;
};

// What is the same file under any name, for as long as it exists. Differs from host to host.
struct FileKey {
  uint64_t device = 0;
  uint64_t inode = 0;
  auto operator<=>(const FileKey&) const = default;
};

// Bits of `mode`, as in Linux's stat.
namespace file_mode {
inline constexpr uint32_t kTypeMask = 0170000;
inline constexpr uint32_t kSocket = 0140000;
inline constexpr uint32_t kSymlink = 0120000;
inline constexpr uint32_t kRegular = 0100000;
inline constexpr uint32_t kBlockDevice = 0060000;
inline constexpr uint32_t kDirectory = 0040000;
inline constexpr uint32_t kCharDevice = 0020000;
inline constexpr uint32_t kFifo = 0010000;
inline constexpr uint32_t kPermissions = 07777;
}  // namespace file_mode

struct FileInfo {
  FileKey key;
  uint32_t mode = 0;
  uint32_t uid = 0, gid = 0;
  uint64_t links = 1;
  uint32_t device_major = 0, device_minor = 0;  // of a device node
  uint64_t size = 0;
  FileTime modified;

  uint32_t type() const { return mode & file_mode::kTypeMask; }
  bool is_directory() const { return type() == file_mode::kDirectory; }
};

struct FolderEntry {
  std::string name;
  uint32_t type = 0;  // the type bits of its mode
  FileKey key;
};

// Attributes to change; absent ones stay.
struct FileChange {
  struct Time {
    bool now = false;  // the host's clock; `value` does not matter
    FileTime value;
  };
  std::optional<uint32_t> permissions = {}, uid = {}, gid = {};
  std::optional<Time> accessed = {}, modified = {};
};

// What a new file is to be like.
struct NewFile {
  uint32_t mode = 0;  // permissions; for make_node with the type
  uint32_t uid = 0, gid = 0;
};

struct OpenMode {
  bool read = true;
  bool write = false;
  bool truncate = false;
};

struct FileSystemInfo {
  uint32_t block_size = 4096;
  uint64_t blocks = 0, free_blocks = 0, available_blocks = 0;
  uint64_t files = 0, free_files = 0;
  uint32_t name_length = 255;
};

// A regular file or folder that was opened. It stays usable when its name goes away.
class OpenFile {
 public:
  virtual ~OpenFile() = default;
  // Reads and writes may be short; a read at the end gives 0.
  virtual FileResult<size_t> read(uint64_t offset, std::span<std::byte> out) = 0;
  virtual FileResult<size_t> write(uint64_t offset, std::span<const std::byte> in) = 0;
  virtual Errno sync(bool data_only) = 0;
  virtual FileResult<FileInfo> info() = 0;
  virtual Errno resize(uint64_t size) = 0;
};

// Paths name files from the root on: "" is the root itself, else names divided by single
// slashes, none of them empty, "." or "..". No path ever leads out of the tree: a symbolic link
// is a file of its own and never followed, neither as the last name nor on the way to it
// (kNotDirectory). All calls are synchronous.
class FileTree {
 public:
  virtual ~FileTree() = default;
  virtual bool read_only() const = 0;
  // What messages call it, usually its path.
  virtual std::string description() const = 0;

  virtual FileResult<FileInfo> info(const std::string& path) = 0;
  // Sorted by name, without "." and "..".
  virtual FileResult<std::vector<FolderEntry>> list(const std::string& path) = 0;
  virtual FileResult<std::string> read_link(const std::string& path) = 0;
  virtual FileResult<FileSystemInfo> file_system() = 0;

  // Only of regular files and folders; devices and pipes are the guest's own business.
  virtual FileResult<std::unique_ptr<OpenFile>> open(const std::string& path, OpenMode mode) = 0;
  // A regular file; one that exists is opened, unless `exclusive`.
  virtual FileResult<std::unique_ptr<OpenFile>> create(const std::string& path, OpenMode mode,
                                                       bool exclusive, const NewFile& file) = 0;
  virtual Errno make_folder(const std::string& path, const NewFile& file) = 0;
  virtual Errno make_link(const std::string& path, const std::string& target,
                          const NewFile& file) = 0;
  virtual Errno make_node(const std::string& path, uint32_t device_major, uint32_t device_minor,
                          const NewFile& file) = 0;
  virtual Errno hard_link(const std::string& from, const std::string& to) = 0;
  virtual Errno rename(const std::string& from, const std::string& to) = 0;
  virtual Errno remove(const std::string& path, bool folder) = 0;
  virtual Errno change(const std::string& path, const FileChange& change) = 0;

  // Extended attributes.
  virtual FileResult<std::vector<std::string>> list_attributes(const std::string& path) = 0;
  virtual FileResult<std::vector<std::byte>> attribute(const std::string& path,
                                                       const std::string& name) = 0;
  // `flags` as in Linux's setxattr: 1 only create, 2 only replace.
  virtual Errno set_attribute(const std::string& path, const std::string& name,
                              std::span<const std::byte> value, uint32_t flags) = 0;
  virtual Errno remove_attribute(const std::string& path, const std::string& name) = 0;
};

}  // namespace vireo
