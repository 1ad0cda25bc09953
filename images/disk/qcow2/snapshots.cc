#include "images/disk/qcow2/snapshots.h"

#include <fmt/format.h>

#include <algorithm>

#include "images/disk/big_endian.h"

namespace vireo::qcow2 {
namespace {

constexpr uint64_t kFixedBytes = 40;
constexpr uint32_t kMaxExtraBytes = 1024;

Error damaged(const ImageBytes& file, uint64_t number) {
  return Error{fmt::format("{}: its internal snapshot {} is damaged", file.name(), number + 1)};
}

std::string text_at(const std::vector<std::byte>& bytes, uint64_t at, uint64_t length) {
  std::string text(reinterpret_cast<const char*>(bytes.data() + at), length);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) < ' '; }, '?');
  return text;
}

bool l1_good(const Snapshot& snapshot, const ImageBytes& file, const Header& header) {
  const uint64_t bytes = snapshot.l1_entries * 8;
  return snapshot.l1_offset % header.cluster_bytes() == 0 && bytes <= kMaxL1Bytes &&
         snapshot.l1_offset <= file.end() && bytes <= file.end() - snapshot.l1_offset &&
         snapshot.l1_entries >= header.l1_entries_for(snapshot.disk_bytes) &&
         snapshot.disk_bytes % 512 == 0;
}

// What of `extra` the format knows: wider numbers for those of the fixed part.
void take_extra(Snapshot& snapshot, const std::byte* extra, uint32_t length) {
  if (length >= 8) snapshot.vm_state_bytes = load_big<uint64_t>(extra);
  snapshot.tells_size = length >= 16;
  if (snapshot.tells_size) snapshot.disk_bytes = load_big<uint64_t>(extra + 8);
}

}  // namespace

Result<SnapshotTable> read_snapshots(ImageBytes& file, const Header& header) {
  SnapshotTable table;
  uint64_t at = header.snapshots_offset;
  std::vector<std::byte> bytes;
  for (uint64_t i = 0; i < header.snapshots; ++i) {
    bytes.resize(kFixedBytes);
    if (auto read = file.read(at, bytes); !read) return damaged(file, i);
    const std::byte* fixed = bytes.data();
    Snapshot snapshot;
    snapshot.l1_offset = load_big<uint64_t>(fixed);
    snapshot.l1_entries = load_big<uint32_t>(fixed + 8);
    const auto id_bytes = load_big<uint16_t>(fixed + 12);
    const auto name_bytes = load_big<uint16_t>(fixed + 14);
    snapshot.seconds = load_big<uint32_t>(fixed + 16);
    snapshot.nanoseconds = load_big<uint32_t>(fixed + 20);
    snapshot.vm_clock_ns = load_big<uint64_t>(fixed + 24);
    snapshot.vm_state_bytes = load_big<uint32_t>(fixed + 32);
    snapshot.disk_bytes = header.size;
    const auto extra_bytes = load_big<uint32_t>(fixed + 36);
    if (extra_bytes > kMaxExtraBytes) return damaged(file, i);
    const uint64_t length = kFixedBytes + extra_bytes + id_bytes + name_bytes;
    bytes.resize(length);
    if (auto read = file.read(at, bytes); !read) return damaged(file, i);
    take_extra(snapshot, bytes.data() + kFixedBytes, extra_bytes);
    snapshot.id = text_at(bytes, kFixedBytes + extra_bytes, id_bytes);
    snapshot.name = text_at(bytes, kFixedBytes + extra_bytes + id_bytes, name_bytes);
    if (!l1_good(snapshot, file, header)) return damaged(file, i);
    at += (length + 7) / 8 * 8;
    table.bytes = at - header.snapshots_offset;
    if (table.bytes > kMaxSnapshotTableBytes) return damaged(file, i);
    table.snapshots.push_back(std::move(snapshot));
  }
  return table;
}

const Snapshot* find_snapshot(const std::vector<Snapshot>& snapshots, std::string_view wanted) {
  const auto by = [&](auto field) {
    return std::find_if(snapshots.begin(), snapshots.end(),
                        [&](const Snapshot& snapshot) { return snapshot.*field == wanted; });
  };
  auto found = by(&Snapshot::id);
  if (found == snapshots.end()) found = by(&Snapshot::name);
  return found == snapshots.end() ? nullptr : &*found;
}

}  // namespace vireo::qcow2
