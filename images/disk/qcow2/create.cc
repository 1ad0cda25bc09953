#include "images/disk/qcow2/create.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "images/disk/big_endian.h"
#include "images/disk/qcow2/refcount_block.h"

namespace vireo {
namespace {

using namespace qcow2;

// Version 2 has fixed refcounts, and one kind of compression.
Result<void> check(const Qcow2Layout& layout, const Header& header) {
  const bool two = layout.version < 3;
  if (two && layout.refcount_order != 4) return Error{"compat=0.10 has refcounts of 16 bits only"};
  if (two && layout.lazy_refcounts) return Error{"lazy_refcounts=on needs compat=1.1"};
  if (two && layout.compression != Compression::kZlib) {
    return Error{"compression_type=zstd needs compat=1.1"};
  }
  if (header.l1_entries * 8 <= kMaxL1Bytes) return {};
  return Error{fmt::format("a disk of {} bytes needs larger clusters than {} bytes", layout.size,
                           header.cluster_bytes())};
}

Header header_of(const Qcow2Layout& layout) {
  Header header;
  header.version = layout.version;
  header.cluster_bits = layout.cluster_bits;
  header.size = layout.size;
  header.refcount_order = layout.refcount_order;
  header.compatible = layout.lazy_refcounts ? kLazyRefcounts : 0;
  header.compression = layout.compression;
  header.incompatible = layout.compression == Compression::kZlib ? 0 : kCompressionType;
  header.backing_file = layout.backing_file;
  header.backing_format = layout.backing_format;
  header.l1_entries = header.l1_entries_for(layout.size);
  return header;
}

// Behind the header's cluster: the refcount table, its blocks, the L1 table.
struct Plan {
  uint64_t table_clusters = 1;
  uint64_t blocks = 1;
  uint64_t l1_clusters = 0;
  uint64_t total() const { return 1 + table_clusters + blocks + l1_clusters; }
};

Plan plan_of(const Header& header) {
  Plan plan;
  plan.l1_clusters = header.clusters_of(header.l1_entries * 8);
  const auto enough = [&] {
    return plan.blocks * header.refcounts_per_block() >= plan.total() &&
           plan.table_clusters * header.l2_entries() >= plan.blocks;
  };
  while (!enough()) {
    ++plan.blocks;
    plan.table_clusters = header.clusters_of(plan.blocks * 8);
  }
  return plan;
}

Result<void> write_blocks(DiskFile& file, const Header& header, const Plan& plan) {
  const uint64_t first = 1 + plan.table_clusters;
  std::vector<std::byte> table(plan.table_clusters << header.cluster_bits);
  std::vector<std::byte> block(header.cluster_bytes());
  for (uint64_t i = 0; i < plan.blocks; ++i) {
    std::fill(block.begin(), block.end(), std::byte{0});
    const uint64_t done = i * header.refcounts_per_block();
    const uint64_t used = std::min(plan.total() - done, header.refcounts_per_block());
    for (uint64_t n = 0; n < used; ++n) set_count(block.data(), header.refcount_order, n, 1);
    const uint64_t offset = (first + i) << header.cluster_bits;
    store_big<uint64_t>(table.data() + i * 8, offset);
    if (auto written = file.write(offset, block); !written) return written;
  }
  return file.write(header.refcount_table_offset, table);
}

}  // namespace

Result<void> create_qcow2(DiskFile& file, const Qcow2Layout& layout) {
  Header header = header_of(layout);
  if (auto good = check(layout, header); !good) return good;
  const Plan plan = plan_of(header);
  header.refcount_table_offset = header.cluster_bytes();
  header.refcount_table_clusters = plan.table_clusters;
  header.l1_offset = (1 + plan.table_clusters + plan.blocks) << header.cluster_bits;
  const auto front = write_header(header);
  if (!front) return front.error();
  if (auto done = write_blocks(file, header, plan); !done) return done;
  const std::vector<std::byte> l1(plan.l1_clusters << header.cluster_bits);
  if (auto done = file.write(header.l1_offset, l1); !done) return done;
  return file.write(0, *front);
}

}  // namespace vireo
