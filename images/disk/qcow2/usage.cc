#include "images/disk/qcow2/usage.h"

#include <fmt/format.h>

#include <algorithm>

#include "images/disk/big_endian.h"
#include "images/disk/qcow2/mapping.h"

namespace vireo::qcow2 {
namespace {

constexpr uint64_t kMaxBitmapDirectory = 64 << 20;
constexpr uint64_t kBitmapFixedBytes = 24;

}  // namespace

Usage::Usage(ImageBytes& file, const Header& header, Qcow2CheckReport& report,
             const TellFinding& tell, const TellProgress& progress)
    : file_(file),
      header_(header),
      report_(report),
      tell_(tell),
      progress_(progress),
      uses_(header.clusters_of(file.end())) {}

void Usage::corrupt(const std::string& what) {
  if (++report_.corruptions <= kMostFindings) tell_("ERROR " + what);
}

void Usage::add(uint64_t offset, uint64_t bytes, std::string_view what) {
  const uint64_t first = offset >> header_.cluster_bits;
  const uint64_t last = (offset + std::max<uint64_t>(bytes, 1) - 1) >> header_.cluster_bits;
  if (offset >= file_.end() || last >= uses_.size()) {
    return corrupt(fmt::format("{} at {:#x} is beyond the end of the file", what, offset));
  }
  for (uint64_t cluster = first; cluster <= last; ++cluster) {
    uses_[cluster] += uses_[cluster] != UINT32_MAX;
  }
  report_.image_end = std::max(report_.image_end, (last + 1) << header_.cluster_bits);
}

bool Usage::read_table(uint64_t offset, uint64_t entries, std::vector<uint64_t>& table) {
  std::vector<std::byte> bytes(entries * 8);
  if (auto done = file_.read(offset, bytes); !done) {
    ++report_.errors;
    tell_("ERROR " + done.error().message);
    return false;
  }
  table.resize(entries);
  for (uint64_t i = 0; i < entries; ++i) table[i] = load_big<uint64_t>(bytes.data() + i * 8);
  return true;
}

void Usage::follow(const SnapshotTable& snapshots) {
  add(0, header_.cluster_bytes(), "header");
  follow_l1(header_.l1_offset, header_.l1_entries, true);
  for (const Snapshot& snapshot : snapshots.snapshots) {
    follow_l1(snapshot.l1_offset, snapshot.l1_entries, false);
  }
  if (header_.snapshots != 0) add(header_.snapshots_offset, snapshots.bytes, "snapshot table");
  if (header_.bitmaps.bitmaps != 0 && (header_.autoclear & kBitmaps) != 0) follow_bitmaps();
  follow_refcounts();
}

void Usage::follow_refcounts() {
  const uint64_t bytes = header_.refcount_table_clusters << header_.cluster_bits;
  add(header_.refcount_table_offset, bytes, "refcount table");
  std::vector<uint64_t> table;
  if (!read_table(header_.refcount_table_offset, bytes / 8, table)) return;
  for (const uint64_t entry : table) {
    if (entry == 0) continue;
    if (entry % header_.cluster_bytes() != 0) {
      corrupt(fmt::format("refcount block at {:#x} does not begin on a cluster", entry));
      continue;
    }
    add(entry, header_.cluster_bytes(), "refcount block");
    const uint64_t cluster = entry >> header_.cluster_bits;
    if (cluster < uses_.size() && uses_[cluster] != 1) {
      corrupt(fmt::format("refcount block at {:#x} is used {} times", entry, uses_[cluster]));
    }
  }
}

void Usage::follow_l1(uint64_t offset, uint64_t entries, bool active) {
  if (entries == 0) return;
  add(offset, entries * 8, "L1 table");
  std::vector<uint64_t> table;
  if (!read_table(offset, entries, table)) return;
  TableClusters seen;
  for (uint64_t i = 0; i < entries; ++i) {
    if (active) progress_(static_cast<double>(i) / static_cast<double>(entries));
    const uint64_t l2 = table[i] & kOffsetMask;
    if ((table[i] & kReservedL1) != 0) corrupt(fmt::format("L1 entry {} has reserved bits", i));
    if (l2 == 0) continue;
    if (l2 % header_.cluster_bytes() != 0) {
      corrupt(fmt::format("L2 table at {:#x} does not begin on a cluster", l2));
      continue;
    }
    add(l2, header_.cluster_bytes(), "L2 table");
    // One that is there twice is wrong already, and is followed once.
    if (l2 < file_.end() && seen.insert(l2).second) follow_l2(l2, active);
  }
}

void Usage::follow_l2(uint64_t offset, bool active) {
  std::vector<uint64_t> table;
  if (!read_table(offset, header_.l2_entries(), table)) return;
  for (const uint64_t entry : table) {
    if (entry != 0) follow_entry(entry, active);
  }
}

void Usage::follow_entry(uint64_t entry, bool active) {
  if ((entry & kCompressed) != 0) {
    const PackedPlace packed = packed_place(entry, header_);
    if ((entry & kCopied) != 0) corrupt("a compressed cluster is marked as ours alone");
    add(packed.host, packed.bytes, "compressed cluster");
    report_.compressed += active;
    report_.allocated += active;
    report_.fragmented += active;
    return;
  }
  const uint64_t host = entry & kOffsetMask;
  if ((entry & kReservedL2) != 0 || ((entry & kZero) != 0 && header_.version < 3)) {
    return corrupt(fmt::format("L2 entry {:#x} has reserved bits", entry));
  }
  if (host == 0) return;
  if (host % header_.cluster_bytes() != 0) {
    return corrupt(fmt::format("data at {:#x} do not begin on a cluster", host));
  }
  add(host, header_.cluster_bytes(), "data");
  if (!active || (entry & kZero) != 0) return;
  ++report_.allocated;
  report_.fragmented += last_host_ != 0 && host != last_host_ + header_.cluster_bytes();
  last_host_ = host;
}

// The directory, and for each bitmap its table and what that leads to.
void Usage::follow_bitmaps() {
  const BitmapsExtension& found = header_.bitmaps;
  if (found.directory_bytes > kMaxBitmapDirectory) {
    return corrupt("the directory of bitmaps is too large");
  }
  add(found.directory_offset, found.directory_bytes, "directory of bitmaps");
  std::vector<std::byte> bytes(found.directory_bytes);
  if (!file_.read(found.directory_offset, bytes)) return corrupt("the bitmaps cannot be read");
  uint64_t at = 0;
  for (uint32_t i = 0; i < found.bitmaps && at + kBitmapFixedBytes <= bytes.size(); ++i) {
    const std::byte* fixed = bytes.data() + at;
    const auto table_offset = load_big<uint64_t>(fixed) & kOffsetMask;
    const auto entries = load_big<uint32_t>(fixed + 8);
    const uint64_t length =
        kBitmapFixedBytes + load_big<uint16_t>(fixed + 18) + load_big<uint32_t>(fixed + 20);
    at += (length + 7) / 8 * 8;
    std::vector<uint64_t> table;
    if (uint64_t{entries} * 8 > kMaxBitmapDirectory) {
      corrupt("a bitmap's table is too large");
      continue;
    }
    add(table_offset, uint64_t{entries} * 8, "table of a bitmap");
    if (!read_table(table_offset, entries, table)) continue;
    for (const uint64_t entry : table) {
      const uint64_t data = entry & kOffsetMask;
      if (data != 0) add(data, header_.cluster_bytes(), "bitmap");
    }
  }
}

}  // namespace vireo::qcow2
