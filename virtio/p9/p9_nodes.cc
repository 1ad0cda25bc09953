#include "virtio/p9/p9_nodes.h"

namespace vireo {
namespace {

uint8_t qid_type(const FileInfo& info) {
  if (info.is_directory()) return p9::kQidFolder;
  return info.type() == file_mode::kSymlink ? p9::kQidSymlink : 0;
}

// Clients compare versions to see whether a file changed behind their caches; Linux takes 0 for
// "must not be cached".
uint32_t version(const FileTime& modified, uint64_t size) {
  const uint64_t mixed =
      static_cast<uint64_t>(modified.seconds) * 1'000'003 + modified.nanoseconds + (size << 8);
  const uint32_t folded = static_cast<uint32_t>(mixed ^ mixed >> 32);
  return folded != 0 ? folded : 1;
}

}  // namespace

P9Nodes::Node& P9Nodes::node(const FileKey& key) {
  const auto known = nodes_.find(key);
  if (known != nodes_.end()) return known->second;
  if (nodes_.size() >= kMaxNodes) nodes_.clear();
  Node& added = nodes_[key];
  added.number = next_number_++;
  return added;
}

P9Times P9Nodes::times(const FileInfo& info) {
  const Node& known = node(info.key);
  const FileTime modified = known.modified.value_or(info.modified);
  return {known.accessed.value_or(modified), modified, known.changed.value_or(modified)};
}

p9::Qid P9Nodes::qid(const FileInfo& info) {
  return {qid_type(info), version(times(info).modified, info.size), number(info.key)};
}

void P9Nodes::modified(const FileKey& key, const FileTime& now) {
  Node& known = node(key);
  known.modified = now;
  known.changed = now;
}

void P9Nodes::clear() {
  nodes_.clear();
  next_number_ = 1;
}

}  // namespace vireo
