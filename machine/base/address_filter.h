// A set of address ranges, as -dfilter gives them: which code a text trace is about.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "machine/base/result.h"

namespace vireo {

class AddressFilter {
 public:
  // "START..END" (both inclusive), "START+SIZE" and "START-SIZE" (the SIZE bytes that end
  // with START), divided by commas, as QEMU takes them. Errors begin with "-dfilter".
  static Result<AddressFilter> parse(std::string_view text);

  // Everything, when no range was given.
  bool contains(uint64_t address) const {
    if (ranges_.empty()) return true;
    for (const Range& range : ranges_) {
      if (address - range.first <= range.last - range.first) return true;
    }
    return false;
  }

 private:
  struct Range {
    uint64_t first, last;
  };
  std::vector<Range> ranges_;
};

}  // namespace vireo
