#include "virtio/p9/p9_fid.h"

namespace vireo {

P9Fid* P9FidTable::find(uint32_t number) {
  const auto at = fids_.find(number);
  return at != fids_.end() ? &at->second : nullptr;
}

void P9FidTable::renamed(const std::string& from, const std::string& to) {
  if (from == to) return;
  removed(to);
  for (auto& [number, fid] : fids_) {
    if (!fid.gone && path_is_within(fid.path, from)) fid.path.replace(0, from.size(), to);
  }
}

void P9FidTable::removed(const std::string& path) {
  for (auto& [number, fid] : fids_) {
    if (path_is_within(fid.path, path)) fid.gone = true;
  }
}

bool path_is_within(std::string_view path, std::string_view folder) {
  if (folder.empty()) return true;
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

std::string path_join(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + '/' + name;
}

std::string path_parent(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

}  // namespace vireo
