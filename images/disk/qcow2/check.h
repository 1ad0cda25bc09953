// Checks a qcow2 image: who uses which cluster, and whether its refcounts say so.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "images/disk/image_bytes.h"
#include "machine/base/result.h"

namespace vireo {

struct Qcow2CheckReport {
  uint64_t corruptions = 0;  // what may give wrong data, now or after a write
  uint64_t leaks = 0;        // clusters that are counted and not used
  uint64_t leaks_fixed = 0;
  uint64_t corruptions_fixed = 0;
  uint64_t errors = 0;  // tables that could not be looked at
  uint64_t image_end = 0;
  uint64_t clusters = 0;  // of the disk
  uint64_t allocated = 0;
  uint64_t compressed = 0;
  uint64_t fragmented = 0;  // allocated ones that do not follow the one before
};

struct Qcow2CheckOptions {
  bool fix_leaks = false;
  bool fix_counts = false;  // leaks, counts that are too low, flags that go with them
};

// What a check has to say: "ERROR ..." or "Leaked ...", without an end of line. At most
// kMostFindings lines of each kind.
using TellFinding = std::function<void(const std::string&)>;
constexpr uint64_t kMostFindings = 1000;
// How far it is, of 1.
using TellProgress = std::function<void(double)>;

// Errors: no qcow2 image, or one whose header is damaged. The file is changed only to fix what the
// options say; a repair that ends with an error leaves what it was, or better. Memory: 4 bytes for
// each cluster of the file.
Result<Qcow2CheckReport> check_qcow2(ImageBytes& file, const Qcow2CheckOptions& options,
                                     const TellFinding& tell, const TellProgress& progress);

}  // namespace vireo
