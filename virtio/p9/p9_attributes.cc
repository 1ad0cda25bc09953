// What is said of files: getattr, setattr, statfs, readlink, extended attributes.
#include <algorithm>

#include "virtio/p9/p9_server.h"

namespace vireo {
namespace {

constexpr uint64_t kBlockBytes = 4096;
constexpr uint64_t kSectorBytes = 512;

void put_time(P9Writer& out, const FileTime& time) {
  out.put(static_cast<uint64_t>(time.seconds));
  out.put(uint64_t{time.nanoseconds});
}

FileTime take_time(P9Reader& in) {
  FileTime time;
  time.seconds = static_cast<int64_t>(in.take<uint64_t>());
  time.nanoseconds = static_cast<uint32_t>(std::min<uint64_t>(in.take<uint64_t>(), 999'999'999));
  return time;
}

// Linux's encoding of a device number in 32 bits.
uint64_t device_number(const FileInfo& info) {
  const uint64_t minor = info.device_minor;
  return (minor & 0xff) | uint64_t{info.device_major} << 8 | (minor & ~uint64_t{0xff}) << 12;
}

std::optional<FileChange::Time> time_change(uint32_t valid, uint32_t bit, uint32_t set_bit,
                                            const FileTime& value) {
  if (!(valid & bit)) return std::nullopt;
  return FileChange::Time{(valid & set_bit) == 0, value};
}

}  // namespace

// Sizes of folders and used blocks are what a file system likes them to be, so they are made up
// here: nothing else in an answer depends on which one the host has.
Errno P9Server::getattr(P9Reader& in, P9Writer& out) {
  const auto number = in.take<uint32_t>();
  in.take<uint64_t>();  // which attributes: all come at one price
  if (!in.ok()) return Errno::kProtocol;
  const P9Fid* fid = fids_.find(number);
  if (fid == nullptr) return Errno::kBadHandle;
  const auto info = info_of(*fid);
  if (!info) return info.error();
  const P9Times times = nodes_.times(*info);
  const uint64_t size = info->is_directory() ? kBlockBytes : info->size;
  out.put(p9::kAttrBasic);
  out.put(nodes_.qid(*info));
  out.put(info->mode);
  out.put(info->uid);
  out.put(info->gid);
  out.put(info->is_directory() ? uint64_t{1} : info->links);
  out.put(device_number(*info));
  out.put(size);
  out.put(kBlockBytes);
  out.put(size / kSectorBytes + (size % kSectorBytes != 0));
  put_time(out, times.accessed);
  put_time(out, times.modified);
  put_time(out, times.changed);
  put_time(out, {});     // birth: not kept
  out.put(uint64_t{0});  // generation
  out.put(uint64_t{0});  // data version
  return Errno::kNone;
}

Errno P9Server::setattr(P9Reader& in, P9Writer&) {
  using namespace p9::setattr_bit;
  const auto number = in.take<uint32_t>();
  const auto valid = in.take<uint32_t>();
  FileChange change;
  const auto mode = in.take<uint32_t>(), uid = in.take<uint32_t>(), gid = in.take<uint32_t>();
  const auto size = in.take<uint64_t>();
  const FileTime accessed = take_time(in), modified = take_time(in);
  if (!in.ok()) return Errno::kProtocol;
  if (tree_.read_only()) return Errno::kReadOnly;
  P9Fid* fid = fids_.find(number);
  if (fid == nullptr) return Errno::kBadHandle;
  const auto info = info_of(*fid);
  if (!info) return info.error();

  if (valid & kMode) change.permissions = mode & file_mode::kPermissions;
  if (valid & kUid) change.uid = uid;
  if (valid & kGid) change.gid = gid;
  change.accessed = time_change(valid, kAtime, kAtimeSet, accessed);
  change.modified = time_change(valid, kMtime, kMtimeSet, modified);
  if (valid & kSize) {
    if (const Errno error = resize(*fid, size); error != Errno::kNone) return error;
    nodes_.modified(info->key, now_());
  }
  if (fid->gone) return (valid & ~(kSize | kCtime)) ? Errno::kNoEntry : Errno::kNone;
  if (const Errno error = tree_.change(fid->path, change); error != Errno::kNone) return error;
  apply_times(info->key, valid, accessed, modified);
  return Errno::kNone;
}

Errno P9Server::resize(P9Fid& fid, uint64_t size) {
  if (fid.use == P9Fid::Use::kFile && fid.mode.write && fid.file != nullptr) {
    return fid.file->resize(size);
  }
  if (fid.gone) return Errno::kNoEntry;
  const auto file = tree_.open(fid.path, {.read = false, .write = true, .truncate = false});
  return file ? (*file)->resize(size) : file.error();
}

void P9Server::apply_times(const FileKey& key, uint32_t valid, const FileTime& accessed,
                           const FileTime& modified) {
  using namespace p9::setattr_bit;
  const FileTime now = now_();
  if (valid & kAtime) nodes_.set_accessed(key, valid & kAtimeSet ? accessed : now);
  if (valid & kMtime) nodes_.set_modified(key, valid & kMtimeSet ? modified : now);
  nodes_.changed(key, now);
}

Errno P9Server::statfs(P9Reader& in, P9Writer& out) {
  const auto number = in.take<uint32_t>();
  if (!in.ok()) return Errno::kProtocol;
  if (fids_.find(number) == nullptr) return Errno::kBadHandle;
  const auto system = tree_.file_system();
  if (!system) return system.error();
  out.put(p9::kFileSystemMagic);
  out.put(system->block_size);
  out.put(system->blocks);
  out.put(system->free_blocks);
  out.put(system->available_blocks);
  out.put(system->files);
  out.put(system->free_files);
  out.put(uint64_t{0});  // the file system's id
  out.put(system->name_length);
  return Errno::kNone;
}

Errno P9Server::readlink(P9Reader& in, P9Writer& out) {
  const auto number = in.take<uint32_t>();
  if (!in.ok()) return Errno::kProtocol;
  const auto fid = fid_with_path(number);
  if (!fid) return fid.error();
  const auto target = tree_.read_link((*fid)->path);
  if (!target) return target.error();
  out.string(*target);
  return Errno::kNone;
}

// --- extended attributes ---

namespace {

// What listxattr gives: each name with a NUL behind it.
std::vector<std::byte> name_list(const std::vector<std::string>& names) {
  std::vector<std::byte> list;
  for (const std::string& name : names) {
    const auto bytes = std::as_bytes(std::span(name.c_str(), name.size() + 1));
    list.insert(list.end(), bytes.begin(), bytes.end());
  }
  return list;
}

}  // namespace

// The value is taken whole here and read from the new fid; without a name, the list of names.
Errno P9Server::xattrwalk(P9Reader& in, P9Writer& out) {
  const auto number = in.take<uint32_t>();
  const auto to = in.take<uint32_t>();
  P9Fid fid;
  fid.attribute = in.string();
  if (!in.ok()) return Errno::kProtocol;
  const auto from = fid_with_path(number);
  if (!from) return from.error();
  if (to == p9::kNoFid || fids_.find(to) != nullptr) return Errno::kInvalid;
  if (fids_.full()) return Errno::kTooManyFiles;
  fid.path = (*from)->path;
  fid.uid = (*from)->uid;
  fid.key = (*from)->key;
  fid.use = P9Fid::Use::kAttributeRead;
  if (fid.attribute.empty()) {
    const auto names = tree_.list_attributes(fid.path);
    if (!names) return names.error();
    fid.value = name_list(*names);
  } else {
    auto value = tree_.attribute(fid.path, fid.attribute);
    if (!value) return value.error();
    fid.value = std::move(*value);
  }
  out.put(uint64_t{fid.value.size()});
  fids_.put(to, std::move(fid));
  return Errno::kNone;
}

// The fid becomes the attribute's; the value follows by Twrite and takes effect with Tclunk.
Errno P9Server::xattrcreate(P9Reader& in, P9Writer&) {
  const auto number = in.take<uint32_t>();
  const std::string name = in.string();
  const auto size = in.take<uint64_t>();
  const auto flags = in.take<uint32_t>();
  if (!in.ok()) return Errno::kProtocol;
  const auto fid = fid_with_path(number);
  if (!fid) return fid.error();
  if (tree_.read_only()) return Errno::kReadOnly;
  if ((*fid)->open() || name.empty()) return Errno::kInvalid;
  if (size > p9::kMaxAttributeBytes) return Errno::kNoSpace;
  (*fid)->use = P9Fid::Use::kAttributeWrite;
  (*fid)->attribute = name;
  (*fid)->attribute_flags = flags;
  (*fid)->attribute_size = static_cast<uint32_t>(size);
  return Errno::kNone;
}

}  // namespace vireo
