// Which pages of guest memory were ever touched: what is to be looked at, of much more.
#pragma once

#include <cstdint>
#include <vector>

#include "machine/host/host_ram.h"

namespace vireo {

// A look at one moment. Pages that are not touched have the content with which they were mapped.
// Where the host does not tell, all count as touched.
class TouchedPages {
 public:
  explicit TouchedPages(const HostRam& ram);

  // Whether any page of the range may have been.
  bool any(uint64_t offset, uint64_t length) const;

 private:
  std::vector<bool> touched_;  // by page
};

}  // namespace vireo
