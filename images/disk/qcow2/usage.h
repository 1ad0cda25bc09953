// How often each cluster of a qcow2 file is used, found by following all of its tables.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "images/disk/image_bytes.h"
#include "images/disk/qcow2/check.h"
#include "images/disk/qcow2/header.h"
#include "images/disk/qcow2/snapshots.h"

namespace vireo::qcow2 {

// Entries that lead nowhere are told and counted in the report, and nothing is followed there.
class Usage {
 public:
  Usage(ImageBytes& file, const Header& header, Qcow2CheckReport& report, const TellFinding& tell,
        const TellProgress& progress);

  // Everything that the header leads to.
  void follow(const SnapshotTable& snapshots);

  // By number; clusters beyond its end are not used. For the last call.
  std::vector<uint32_t> take_uses() { return std::move(uses_); }

 private:
  void add(uint64_t offset, uint64_t bytes, std::string_view what);
  void follow_refcounts();
  void follow_l1(uint64_t offset, uint64_t entries, bool active);
  void follow_l2(uint64_t offset, bool active);
  void follow_entry(uint64_t entry, bool active);
  void follow_bitmaps();
  bool read_table(uint64_t offset, uint64_t entries, std::vector<uint64_t>& table);
  void corrupt(const std::string& what);

  ImageBytes& file_;
  const Header& header_;
  Qcow2CheckReport& report_;
  const TellFinding& tell_;
  const TellProgress& progress_;
  std::vector<uint32_t> uses_;
  uint64_t last_host_ = 0;  // of the active disk's data
};

}  // namespace vireo::qcow2
