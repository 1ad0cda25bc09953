// The fids of a 9P session: a client's handles for files, each a path and what is open there.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "machine/base/file_tree.h"

namespace vireo {

// One entry of an opened folder as the client will read it.
struct P9FolderEntry {
  std::string name;
  uint8_t type = 0;  // DT_ of readdir
  uint8_t qid_type = 0;
  uint64_t number = 0;
};

struct P9Fid {
  enum class Use : uint8_t { kPath, kFile, kFolder, kAttributeRead, kAttributeWrite };

  std::string path;   // as in FileTree
  bool gone = false;  // its name was removed or taken by another file
  uint32_t uid = 0;   // of the user who attached
  Use use = Use::kPath;

  // kFile and kFolder. Null after a snapshot was loaded and the file could not be opened again.
  std::shared_ptr<OpenFile> file;
  OpenMode mode;
  FileKey key;
  // kFolder: listed when reading starts at offset 0, so that names which come and go meanwhile
  // do not move the others.
  std::vector<P9FolderEntry> entries;

  // An extended attribute: the whole value to read, or what was written of it so far.
  std::string attribute;
  uint32_t attribute_flags = 0;
  uint32_t attribute_size = 0;  // kAttributeWrite: announced
  std::vector<std::byte> value;

  bool open() const { return use == Use::kFile || use == Use::kFolder; }
};

// A client's fids by number. The client chooses numbers; how many there are and how many files
// are open is bounded here.
class P9FidTable {
 public:
  static constexpr size_t kMaxFids = 1u << 16;

  // Null when there is no such fid.
  P9Fid* find(uint32_t number);
  bool full() const { return fids_.size() >= kMaxFids; }
  // Adds or replaces; invalidates nothing but the fid replaced.
  P9Fid& put(uint32_t number, P9Fid fid) { return fids_[number] = std::move(fid); }
  void erase(uint32_t number) { fids_.erase(number); }
  void clear() { fids_.clear(); }

  // The tree changed below the fids' paths.
  void renamed(const std::string& from, const std::string& to);
  void removed(const std::string& path);

  std::map<uint32_t, P9Fid>& all() { return fids_; }

 private:
  std::map<uint32_t, P9Fid> fids_;
};

// Whether `path` is `folder` or lies below it.
bool path_is_within(std::string_view path, std::string_view folder);
std::string path_join(const std::string& folder, const std::string& name);
// The folder of a path other than the root; of the root itself the root.
std::string path_parent(const std::string& path);

}  // namespace vireo
