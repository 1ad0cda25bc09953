// What changes folders: symlink, mknod, mkdir, link, rename, unlink.
#include <algorithm>

#include "virtio/p9/p9_server.h"

namespace vireo {

FileResult<std::string> P9Server::named_in(uint32_t number, const std::string& name) {
  const auto folder = fid_with_path(number);
  if (!folder) return folder.error();
  if (tree_.read_only()) return Errno::kReadOnly;
  if (const Errno error = check_p9_name(name); error != Errno::kNone) return error;
  if (name == "." || name == "..") return Errno::kInvalid;
  std::string path = path_join((*folder)->path, name);
  if (path.size() > kMaxPath) return Errno::kNameTooLong;
  return path;
}

void P9Server::folder_changed(const std::string& folder) {
  if (const auto info = tree_.info(folder)) nodes_.modified(info->key, now_());
}

// Something was made at `path`: the folder's time and the new file's, then its qid.
Errno P9Server::finish_new(const std::string& path, P9Writer& out) {
  const auto info = tree_.info(path);
  if (!info) return info.error();
  folder_changed(path_parent(path));
  nodes_.modified(info->key, now_());
  out.put(nodes_.qid(*info));
  return Errno::kNone;
}

Errno P9Server::symlink(P9Reader& in, P9Writer& out) {
  const auto number = in.take<uint32_t>();
  const std::string name = in.string();
  const std::string target = in.string();
  NewFile made;
  made.gid = in.take<uint32_t>();
  if (!in.ok()) return Errno::kProtocol;
  const auto path = named_in(number, name);
  if (!path) return path.error();
  if (target.empty() || target.find('\0') != std::string::npos) return Errno::kNoEntry;
  made.uid = fids_.find(number)->uid;
  const Errno error = tree_.make_link(*path, target, made);
  return error == Errno::kNone ? finish_new(*path, out) : error;
}

Errno P9Server::mknod(P9Reader& in, P9Writer& out) {
  const auto number = in.take<uint32_t>();
  const std::string name = in.string();
  NewFile made;
  made.mode = in.take<uint32_t>();
  const auto device_major = in.take<uint32_t>();
  const auto device_minor = in.take<uint32_t>();
  made.gid = in.take<uint32_t>();
  if (!in.ok()) return Errno::kProtocol;
  const auto path = named_in(number, name);
  if (!path) return path.error();
  made.uid = fids_.find(number)->uid;
  const Errno error = tree_.make_node(*path, device_major, device_minor, made);
  return error == Errno::kNone ? finish_new(*path, out) : error;
}

Errno P9Server::mkdir(P9Reader& in, P9Writer& out) {
  const auto number = in.take<uint32_t>();
  const std::string name = in.string();
  NewFile made;
  made.mode = in.take<uint32_t>() & file_mode::kPermissions;
  made.gid = in.take<uint32_t>();
  if (!in.ok()) return Errno::kProtocol;
  const auto path = named_in(number, name);
  if (!path) return path.error();
  made.uid = fids_.find(number)->uid;
  const Errno error = tree_.make_folder(*path, made);
  return error == Errno::kNone ? finish_new(*path, out) : error;
}

Errno P9Server::link(P9Reader& in, P9Writer&) {
  const auto folder = in.take<uint32_t>();
  const auto number = in.take<uint32_t>();
  const std::string name = in.string();
  if (!in.ok()) return Errno::kProtocol;
  const auto path = named_in(folder, name);
  if (!path) return path.error();
  const auto fid = fid_with_path(number);
  if (!fid) return fid.error();
  if (const Errno error = tree_.hard_link((*fid)->path, *path); error != Errno::kNone) return error;
  folder_changed(path_parent(*path));
  if (const auto info = tree_.info(*path)) nodes_.changed(info->key, now_());
  return Errno::kNone;
}

Errno P9Server::rename(P9Reader& in, P9Writer&) {
  const auto number = in.take<uint32_t>();
  const auto folder = in.take<uint32_t>();
  const std::string name = in.string();
  if (!in.ok()) return Errno::kProtocol;
  const auto to = named_in(folder, name);
  if (!to) return to.error();
  const auto fid = fid_with_path(number);
  if (!fid) return fid.error();
  return move((*fid)->path, *to);
}

Errno P9Server::renameat(P9Reader& in, P9Writer&) {
  const auto old_folder = in.take<uint32_t>();
  const std::string old_name = in.string();
  const auto new_folder = in.take<uint32_t>();
  const std::string new_name = in.string();
  if (!in.ok()) return Errno::kProtocol;
  const auto from = named_in(old_folder, old_name);
  if (!from) return from.error();
  const auto to = named_in(new_folder, new_name);
  if (!to) return to.error();
  return move(*from, *to);
}

Errno P9Server::move(const std::string& from, const std::string& to) {
  if (from.empty()) return Errno::kInvalid;
  const auto moved = tree_.info(from);
  if (!moved) return moved.error();
  const auto replaced = tree_.info(to);
  if (const Errno error = tree_.rename(from, to); error != Errno::kNone) return error;
  folder_changed(path_parent(from));
  folder_changed(path_parent(to));
  nodes_.changed(moved->key, now_());
  // Two names of one file: nothing happens (rename(2)).
  if (replaced && replaced->key == moved->key) return Errno::kNone;
  fids_.renamed(from, to);
  if (replaced) lost_name(*replaced);
  return Errno::kNone;
}

Errno P9Server::unlinkat(P9Reader& in, P9Writer&) {
  const auto number = in.take<uint32_t>();
  const std::string name = in.string();
  const auto flags = in.take<uint32_t>();
  if (!in.ok()) return Errno::kProtocol;
  const auto path = named_in(number, name);
  if (!path) return path.error();
  return take_away(*path, (flags & p9::kUnlinkFolder) != 0);
}

// The fid goes even when the file stays.
Errno P9Server::remove(P9Reader& in, P9Writer&) {
  const auto number = in.take<uint32_t>();
  if (!in.ok()) return Errno::kProtocol;
  const auto fid = fid_with_path(number);
  if (!fid) return fid.error();
  const std::string path = (*fid)->path;
  close(**fid);
  fids_.erase(number);
  if (tree_.read_only()) return Errno::kReadOnly;
  if (path.empty()) return Errno::kInvalid;
  const auto info = tree_.info(path);
  return info ? take_away(path, info->is_directory()) : info.error();
}

Errno P9Server::take_away(const std::string& path, bool folder) {
  const auto info = tree_.info(path);
  if (!info) return info.error();
  if (const Errno error = tree_.remove(path, folder); error != Errno::kNone) return error;
  folder_changed(path_parent(path));
  fids_.removed(path);
  lost_name(*info);
  return Errno::kNone;
}

// One name of the file is gone. When it has no other and is open nowhere, its key may come back
// as another file's.
void P9Server::lost_name(const FileInfo& before) {
  const bool last = before.is_directory() || before.links <= 1;
  if (last && !open_somewhere(before.key)) {
    nodes_.forget(before.key);
  } else {
    nodes_.changed(before.key, now_());
  }
}

bool P9Server::open_somewhere(const FileKey& key) {
  const auto& all = fids_.all();
  return std::any_of(all.begin(), all.end(), [&](const auto& entry) {
    return entry.second.file != nullptr && entry.second.key == key;
  });
}

}  // namespace vireo
