#include "images/disk/qcow2/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "images/disk/big_endian.h"
#include "images/disk/qcow2/header.h"
#include "images/disk/qcow2/refcounts.h"
#include "images/disk/qcow2/snapshots.h"
#include "images/disk/qcow2/usage.h"

namespace vireo {
namespace {

using namespace qcow2;

constexpr uint64_t kMostClusters = 1 << 28;

class Check {
 public:
  Check(ImageBytes& file, const Qcow2CheckOptions& options, const TellFinding& tell,
        const TellProgress& progress)
      : file_(file), options_(options), tell_(tell), progress_(progress) {}

  Result<Qcow2CheckReport> run() {
    auto header = read_header(file_.file());
    if (!header) return header.error();
    header_ = std::move(*header);
    auto snapshots = read_snapshots(file_, header_);
    if (!snapshots) return snapshots.error();
    if (header_.clusters_of(file_.end()) > kMostClusters) {
      return Error{
          fmt::format("{}: a file of {} bytes is too long to check", file_.name(), file_.end())};
    }
    report_.clusters = header_.clusters_of(header_.size);
    Usage usage(file_, header_, report_, tell_, progress_);
    usage.follow(*snapshots);
    if (auto done = compare(usage.take_uses()); !done) return done.error();
    check_l1_copied();
    progress_(1);
    return report_;
  }

 private:
  // Each cluster's count against its uses.
  Result<void> compare(std::vector<uint32_t> uses) {
    TableClusters tables = {0};
    auto opened = Refcounts::open(file_, header_, tables);
    if (!opened) {
      ++report_.errors;
      tell_("ERROR " + opened.error().message);
      return {};
    }
    refcounts_ = std::move(*opened);
    if (options_.fix_counts && report_.errors == 0) {
      if (auto added = add_missing_blocks(uses); !added) return added;
    }
    const uint64_t counted = refcounts_->table().size() * header_.refcounts_per_block();
    for (uint64_t cluster = 0; cluster < std::min(uses.size(), counted); ++cluster) {
      compare_one(cluster, uses[cluster]);
    }
    for (uint64_t cluster = counted; cluster < uses.size(); ++cluster) {
      if (uses[cluster] != 0) compare_one(cluster, uses[cluster]);
    }
    compare_beyond(uses.size());
    return finish_repair();
  }

  // Behind all that is used: nobody knows what else is free.
  Result<void> add_missing_blocks(std::vector<uint32_t>& uses) {
    const uint64_t per_block = header_.refcounts_per_block();
    const auto used_at = [&](uint64_t first) {
      const auto begin = uses.begin() + static_cast<ptrdiff_t>(first);
      const auto length = std::min<uint64_t>(per_block, uses.size() - first);
      return std::any_of(begin, begin + static_cast<ptrdiff_t>(length),
                         [](uint32_t count) { return count != 0; });
    };
    const uint64_t covered = refcounts_->table().size() * per_block;
    for (uint64_t first = 0; first < std::min<uint64_t>(uses.size(), covered); first += per_block) {
      if (refcounts_->has_block(first / per_block) || !used_at(first)) continue;
      if (auto added = refcounts_->add_block(first / per_block, uses.size()); !added) return added;
      uses.push_back(1);
      report_.image_end = uses.size() << header_.cluster_bits;
    }
    return {};
  }

  // Counts of clusters that the file does not have are leaks, too.
  void compare_beyond(uint64_t first) {
    const uint64_t per_block = header_.refcounts_per_block();
    for (uint64_t i = first / per_block; i < refcounts_->table().size(); ++i) {
      if (refcounts_->table()[i] == 0) continue;
      for (uint64_t n = 0; n < per_block; ++n) {
        const uint64_t cluster = i * per_block + n;
        if (cluster >= first) compare_one(cluster, 0);
      }
    }
  }

  void compare_one(uint64_t cluster, uint64_t uses) {
    const auto count = refcounts_->count(cluster);
    if (!count) {
      if (++report_.errors == 1) tell_("ERROR " + count.error().message);
      return;
    }
    if (*count == uses) return;
    const bool leak = *count > uses;
    const bool fix = leak ? options_.fix_leaks || options_.fix_counts : options_.fix_counts;
    const bool fixed = fix && report_.errors == 0 && refcounts_->set(cluster, uses).ok();
    uint64_t& kind = leak ? (fixed ? report_.leaks_fixed : report_.leaks)
                          : (fixed ? report_.corruptions_fixed : report_.corruptions);
    if (++kind > kMostFindings) return;
    tell_(fmt::format("{} cluster {} refcount={} reference={}",
                      fixed  ? "Repairing"
                      : leak ? "Leaked"
                             : "ERROR",
                      cluster, *count, uses));
  }

  Result<void> finish_repair() {
    if (report_.leaks_fixed + report_.corruptions_fixed != 0) {
      if (auto done = refcounts_->write_changes(); !done) return done;
      if (auto done = file_.barrier(); !done) return done;
    }
    const bool good = report_.errors == 0 && report_.corruptions == 0;
    if (!options_.fix_counts || !good || (header_.incompatible & (kDirty | kCorrupt)) == 0) {
      return {};
    }
    std::array<std::byte, 8> field;
    store_big<uint64_t>(field.data(), header_.incompatible & ~(kDirty | kCorrupt));
    if (auto done = file_.write(kIncompatibleAt, field); !done) return done;
    return file_.barrier();
  }

  bool copied_as_counted(uint64_t entry, std::string_view what) {
    const uint64_t cluster = (entry & kOffsetMask) >> header_.cluster_bits;
    const auto count = refcounts_->count(cluster);
    if (!count || (*count == 1) == ((entry & kCopied) != 0)) return true;
    if (++report_.corruptions <= kMostFindings) {
      tell_(fmt::format("ERROR the copied flag of {} {:#x} does not go with refcount {}", what,
                        entry & kOffsetMask, *count));
    }
    return false;
  }

  void check_l1_copied() {
    std::vector<std::byte> l1(header_.l1_entries * 8);
    if (refcounts_ == nullptr || report_.errors != 0 || !file_.read(header_.l1_offset, l1)) return;
    std::vector<std::byte> l2(header_.cluster_bytes());
    for (uint64_t i = 0; i < header_.l1_entries; ++i) {
      const auto entry = load_big<uint64_t>(l1.data() + i * 8);
      const uint64_t offset = entry & kOffsetMask;
      if (offset == 0 || offset % header_.cluster_bytes() != 0 || offset >= file_.end()) continue;
      copied_as_counted(entry, "L2 table");
      if (file_.read(offset, l2)) check_l2_copied(l2);
    }
  }

  void check_l2_copied(const std::vector<std::byte>& l2) {
    for (uint64_t i = 0; i < header_.l2_entries(); ++i) {
      const auto entry = load_big<uint64_t>(l2.data() + i * 8);
      if ((entry & kCompressed) != 0 || (entry & kOffsetMask) == 0) continue;
      if ((entry & kOffsetMask) >= file_.end()) continue;
      copied_as_counted(entry, "data");
    }
  }

  ImageBytes& file_;
  const Qcow2CheckOptions& options_;
  const TellFinding& tell_;
  const TellProgress& progress_;
  Header header_;
  std::unique_ptr<Refcounts> refcounts_;
  Qcow2CheckReport report_;
};

}  // namespace

Result<Qcow2CheckReport> check_qcow2(ImageBytes& file, const Qcow2CheckOptions& options,
                                     const TellFinding& tell, const TellProgress& progress) {
  return Check(file, options, tell, progress).run();
}

}  // namespace vireo
