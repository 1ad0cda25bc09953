// A session in a snapshot: fids by path, files by number.
#include "virtio/p9/p9_server.h"

namespace vireo {
namespace {

constexpr uint32_t kMaxEntries = 1u << 24;
constexpr uint32_t kMaxString = 1u << 16;

void visit_time(Archive& archive, std::optional<FileTime>& time) {
  bool known = time.has_value();
  FileTime value = time.value_or(FileTime{});
  archive.io(known);
  archive.io(value.seconds);
  archive.io(value.nanoseconds);
  if (!archive.saving()) time = known ? std::optional(value) : std::nullopt;
}

void visit_node(Archive& archive, P9Nodes::Node& node) {
  archive.io(node.number);
  visit_time(archive, node.accessed);
  visit_time(archive, node.modified);
  visit_time(archive, node.changed);
}

void visit_entries(Archive& archive, std::vector<P9FolderEntry>& entries) {
  uint32_t count = static_cast<uint32_t>(entries.size());
  archive.io(count);
  if (count > kMaxEntries) archive.fail();
  if (!archive.saving()) entries.clear();
  for (uint32_t i = 0; i < count && archive.ok(); ++i) {
    if (!archive.saving()) entries.emplace_back();
    P9FolderEntry& entry = entries[i];
    archive.io(entry.name, p9::kMaxName);
    archive.io(entry.type);
    archive.io(entry.qid_type);
    archive.io(entry.number);
  }
}

}  // namespace

void P9Server::visit_fid(Archive& archive, P9Fid& fid) {
  P9Nodes::Node node;
  if (archive.saving()) node = nodes_.node(fid.key);
  archive.io(fid.path, kMaxPath);
  archive.io(fid.gone);
  archive.io(fid.uid);
  archive.io(fid.use);
  if (fid.use > P9Fid::Use::kAttributeWrite) archive.fail();
  archive.io(fid.mode.read);
  archive.io(fid.mode.write);
  visit_entries(archive, fid.entries);
  archive.io(fid.attribute, kMaxString);
  archive.io(fid.attribute_flags);
  archive.io(fid.attribute_size);
  archive.io(fid.value, p9::kMaxAttributeBytes);
  visit_node(archive, node);
  if (!archive.saving() && archive.ok()) reopen(fid, node);
}

// Keys are the host's: the file is found again by its path.
void P9Server::reopen(P9Fid& fid, const P9Nodes::Node& node) {
  const auto info = fid.gone ? FileResult<FileInfo>(Errno::kStale) : tree_.info(fid.path);
  if (!info) {
    // A key that no file of the host has, so that the number stays.
    fid.key = {UINT64_MAX, node.number};
    nodes_.bind(fid.key, node);
    return;
  }
  fid.key = info->key;
  nodes_.bind(fid.key, node);
  if (!fid.open()) return;
  auto file = tree_.open(fid.path, {fid.mode.read, fid.mode.write, false});
  if (file) fid.file = std::move(*file);
}

void P9Server::visit(Archive& archive) {
  auto& fids = fids_.all();
  uint32_t count = static_cast<uint32_t>(fids.size());
  // Before the next number is saved: a fid whose file was forgotten gets its number here.
  if (archive.saving()) {
    for (auto& [number, fid] : fids) nodes_.node(fid.key);
  } else {
    reset();
  }
  uint64_t next_number = nodes_.next_number();
  archive.io(next_number);
  archive.io(message_limit_);
  archive.io(count);
  if (count > P9FidTable::kMaxFids || message_limit_ > kMaxMessage) archive.fail();
  if (archive.saving()) {
    for (auto& [number, fid] : fids) {
      uint32_t saved = number;
      archive.io(saved);
      visit_fid(archive, fid);
    }
    return;
  }
  for (uint32_t i = 0; i < count && archive.ok(); ++i) {
    uint32_t number = 0;
    archive.io(number);
    visit_fid(archive, fids_.put(number, {}));
  }
  nodes_.next_number() = next_number;
  if (!archive.ok()) reset();
}

}  // namespace vireo
