// Opened files and folders: lopen, lcreate, read, write, readdir, fsync, locks.
#include <algorithm>

#include "virtio/p9/p9_server.h"

namespace vireo {
namespace {

using Use = P9Fid::Use;

constexpr uint32_t kEntryBytes = p9::kQidBytes + 8 + 1 + 2;  // and the name

OpenMode open_mode(uint32_t flags) {
  const uint32_t access = flags & p9::open_flag::kAccessMask;
  OpenMode mode;
  mode.write = access == p9::open_flag::kWriteOnly || access == p9::open_flag::kReadWrite;
  mode.read = access != p9::open_flag::kWriteOnly;
  mode.truncate = mode.write && (flags & p9::open_flag::kTruncate) != 0;
  return mode;
}

P9FolderEntry folder_entry(std::string name, uint32_t type, uint64_t number) {
  P9FolderEntry entry;
  entry.name = std::move(name);
  entry.type = static_cast<uint8_t>(type >> 12);
  if (type == file_mode::kDirectory) entry.qid_type = p9::kQidFolder;
  if (type == file_mode::kSymlink) entry.qid_type = p9::kQidSymlink;
  entry.number = number;
  return entry;
}

}  // namespace

Errno P9Server::lopen(P9Reader& in, P9Writer& out) {
  const auto number = in.take<uint32_t>();
  const auto flags = in.take<uint32_t>();
  if (!in.ok()) return Errno::kProtocol;
  const auto fid = fid_with_path(number);
  if (!fid) return fid.error();
  if ((*fid)->open()) return Errno::kInvalid;
  const OpenMode mode = open_mode(flags);
  if (mode.write && tree_.read_only()) return Errno::kReadOnly;
  auto file = tree_.open((*fid)->path, mode);
  if (!file) return file.error();
  const auto info = (*file)->info();
  if (!info) return info.error();
  if ((flags & p9::open_flag::kFolder) && !info->is_directory()) return Errno::kNotDirectory;
  if (mode.truncate) nodes_.modified(info->key, now_());
  (*fid)->file = std::move(*file);
  (*fid)->mode = mode;
  (*fid)->key = info->key;
  (*fid)->use = info->is_directory() ? Use::kFolder : Use::kFile;
  out.put(nodes_.qid(*info));
  out.put(uint32_t{0});  // iounit: as much as a message holds
  return Errno::kNone;
}

// The fid of the folder becomes that of the new file.
Errno P9Server::lcreate(P9Reader& in, P9Writer& out) {
  const auto number = in.take<uint32_t>();
  const std::string name = in.string();
  const auto flags = in.take<uint32_t>();
  NewFile made;
  made.mode = in.take<uint32_t>() & file_mode::kPermissions;
  made.gid = in.take<uint32_t>();
  if (!in.ok()) return Errno::kProtocol;
  const auto path = named_in(number, name);
  if (!path) return path.error();
  P9Fid& fid = *fids_.find(number);
  if (fid.open()) return Errno::kInvalid;
  made.uid = fid.uid;
  const OpenMode mode = open_mode(flags);
  auto file = tree_.create(*path, mode, (flags & p9::open_flag::kExclusive) != 0, made);
  if (!file) return file.error();
  const auto info = (*file)->info();
  if (!info) return info.error();
  folder_changed(fid.path);
  nodes_.modified(info->key, now_());
  fid.path = *path;
  fid.file = std::move(*file);
  fid.mode = mode;
  fid.key = info->key;
  fid.use = Use::kFile;
  out.put(nodes_.qid(*info));
  out.put(uint32_t{0});
  return Errno::kNone;
}

Errno P9Server::read(P9Reader& in, P9Writer& out) {
  const auto number = in.take<uint32_t>();
  const auto offset = in.take<uint64_t>();
  const auto count = in.take<uint32_t>();
  if (!in.ok()) return Errno::kProtocol;
  const size_t length = std::min<size_t>(count, out.left() - 4);
  if (const auto attribute = open_fid(number, Use::kAttributeRead)) {
    const std::span<const std::byte> value = (*attribute)->value;
    const auto rest = value.subspan(std::min<uint64_t>(offset, value.size()));
    const auto part = rest.first(std::min(length, rest.size()));
    out.put(static_cast<uint32_t>(part.size()));
    out.bytes(part);
    return Errno::kNone;
  }
  const auto fid = open_fid(number, Use::kFile);
  if (!fid) return fid.error();
  if (!(*fid)->mode.read) return Errno::kBadHandle;
  const auto done = (*fid)->file->read(offset, out.space().subspan(4, length));
  if (!done) return done.error();
  out.put(static_cast<uint32_t>(*done));
  out.advance(*done);
  return Errno::kNone;
}

Errno P9Server::write(P9Reader& in, P9Writer& out) {
  const auto number = in.take<uint32_t>();
  const auto offset = in.take<uint64_t>();
  const auto data = in.bytes(in.take<uint32_t>());
  if (!in.ok()) return Errno::kProtocol;
  if (const auto attribute = open_fid(number, Use::kAttributeWrite)) {
    P9Fid& fid = **attribute;
    if (offset != fid.value.size() || data.size() > fid.attribute_size - fid.value.size()) {
      return Errno::kInvalid;
    }
    fid.value.insert(fid.value.end(), data.begin(), data.end());
    out.put(static_cast<uint32_t>(data.size()));
    return Errno::kNone;
  }
  const auto fid = open_fid(number, Use::kFile);
  if (!fid) return fid.error();
  if (!(*fid)->mode.write) return Errno::kBadHandle;
  const auto done = (*fid)->file->write(offset, data);
  if (!done) return done.error();
  nodes_.modified((*fid)->key, now_());
  out.put(static_cast<uint32_t>(*done));
  return Errno::kNone;
}

Errno P9Server::list(P9Fid& fid) {
  if (fid.gone) return Errno::kNoEntry;
  const auto here = tree_.info(fid.path);
  const auto above = tree_.info(path_parent(fid.path));
  const auto names = tree_.list(fid.path);
  if (!here || !above) return !here ? here.error() : above.error();
  if (!names) return names.error();
  fid.entries.clear();
  fid.entries.reserve(names->size() + 2);
  fid.entries.push_back(folder_entry(".", file_mode::kDirectory, nodes_.number(here->key)));
  fid.entries.push_back(folder_entry("..", file_mode::kDirectory, nodes_.number(above->key)));
  for (const FolderEntry& entry : *names) {
    fid.entries.push_back(folder_entry(entry.name, entry.type, nodes_.number(entry.key)));
  }
  return Errno::kNone;
}

// An entry's offset is where reading goes on behind it.
Errno P9Server::readdir(P9Reader& in, P9Writer& out) {
  const auto number = in.take<uint32_t>();
  const auto offset = in.take<uint64_t>();
  const auto count = in.take<uint32_t>();
  if (!in.ok()) return Errno::kProtocol;
  const auto fid = open_fid(number, Use::kFolder);
  if (!fid) return fid.error();
  if (offset == 0) {
    if (const Errno error = list(**fid); error != Errno::kNone) return error;
  }
  size_t room = std::min<size_t>(count, out.left() - 4);
  const auto& entries = (*fid)->entries;
  size_t end = std::min<uint64_t>(offset, entries.size());
  const size_t begin = end;
  size_t length = 0;
  while (end < entries.size() && kEntryBytes + entries[end].name.size() <= room - length) {
    length += kEntryBytes + entries[end++].name.size();
  }
  // Not even one: an empty answer would mean the folder's end.
  if (end == begin && end < entries.size()) return Errno::kInvalid;
  out.put(static_cast<uint32_t>(length));
  for (size_t i = begin; i < end; ++i) {
    out.put(p9::Qid{entries[i].qid_type, 0, entries[i].number});
    out.put(static_cast<uint64_t>(i + 1));
    out.put(entries[i].type);
    out.string(entries[i].name);
  }
  return Errno::kNone;
}

Errno P9Server::fsync(P9Reader& in, P9Writer&) {
  const auto number = in.take<uint32_t>();
  const auto data_only = in.take<uint32_t>();
  if (!in.ok()) return Errno::kProtocol;
  P9Fid* fid = fids_.find(number);
  if (fid == nullptr || !fid->open()) return Errno::kBadHandle;
  return fid->file != nullptr ? fid->file->sync(data_only != 0) : Errno::kStale;
}

Errno P9Server::lock(P9Reader& in, P9Writer& out) {
  const auto number = in.take<uint32_t>();
  in.bytes(1 + 4 + 8 + 8 + 4);  // type, flags, start, length, process
  in.string();                  // client
  if (!in.ok()) return Errno::kProtocol;
  const auto fid = open_fid(number, Use::kFile);
  if (!fid) return fid.error();
  out.put(p9::kLockSuccess);
  return Errno::kNone;
}

Errno P9Server::getlock(P9Reader& in, P9Writer& out) {
  const auto number = in.take<uint32_t>();
  in.take<uint8_t>();  // type
  const auto start = in.take<uint64_t>();
  const auto length = in.take<uint64_t>();
  const auto process = in.take<uint32_t>();
  const std::string client = in.string();
  if (!in.ok()) return Errno::kProtocol;
  const auto fid = open_fid(number, Use::kFile);
  if (!fid) return fid.error();
  out.put(p9::kLockTypeUnlock);
  out.put(start);
  out.put(length);
  out.put(process);
  out.string(client);
  return Errno::kNone;
}

}  // namespace vireo
