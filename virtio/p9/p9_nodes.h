// What a guest is told of files instead of what differs from host to host: numbers in place
// of inodes, and its own clock's time in place of the host's for what it changed itself.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "machine/base/file_tree.h"
#include "virtio/p9/p9_protocol.h"

namespace vireo {

// The times of a file as shown to the guest.
struct P9Times {
  FileTime accessed, modified, changed;
};

// Files are numbered by first sight, so that two hosts with the same files give the same run.
// For a file that the guest did not change, all three times are the host's modification time:
// reading moves an access time, and copying a folder gives new change times.
class P9Nodes {
 public:
  // More files than this and the numbering starts anew with fresh numbers; the guest then sees
  // other inodes behind the same names, as on a remote file system that was remounted.
  static constexpr size_t kMaxNodes = 1u << 20;

  uint64_t number(const FileKey& key) { return node(key).number; }
  P9Times times(const FileInfo& info);
  p9::Qid qid(const FileInfo& info);

  // The guest changed a file's content, or its attributes only.
  void modified(const FileKey& key, const FileTime& now);
  void changed(const FileKey& key, const FileTime& now) { node(key).changed = now; }
  void set_accessed(const FileKey& key, const FileTime& time) { node(key).accessed = time; }
  void set_modified(const FileKey& key, const FileTime& time) { node(key).modified = time; }
  // The file is no more; the host may use its key again.
  void forget(const FileKey& key) { nodes_.erase(key); }

  // A snapshot holds what the guest has a hold on, by number: the server saves this for each of
  // its fids and binds it to the file's key when it loads.
  struct Node {
    uint64_t number = 0;
    std::optional<FileTime> accessed, modified, changed;
  };
  Node& node(const FileKey& key);
  void bind(const FileKey& key, const Node& node) { nodes_[key] = node; }
  void clear();
  uint64_t& next_number() { return next_number_; }

 private:
  std::map<FileKey, Node> nodes_;
  uint64_t next_number_ = 1;
};

}  // namespace vireo
