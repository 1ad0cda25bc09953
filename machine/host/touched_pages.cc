#include "machine/host/touched_pages.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "machine/host/unique_fd.h"

namespace vireo {
namespace {

// proc_pid_pagemap(5): a word for each page; present in memory, or in swap space.
constexpr uint64_t kPresent = uint64_t{1} << 63;
constexpr uint64_t kSwapped = uint64_t{1} << 62;
constexpr size_t kWords = 8192;

}  // namespace

TouchedPages::TouchedPages(const HostRam& ram) : touched_(ram.size() / kPageSize, true) {
  const UniqueFd map(::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
  if (!map.valid()) return;
  const uint64_t first = reinterpret_cast<uintptr_t>(ram.data()) / kPageSize;
  std::vector<uint64_t> words(kWords);
  for (size_t page = 0; page < touched_.size();) {
    const size_t count = std::min(kWords, touched_.size() - page);
    const ssize_t got = ::pread(map.get(), words.data(), count * sizeof(uint64_t),
                                static_cast<off_t>((first + page) * sizeof(uint64_t)));
    if (got <= 0) return;
    const size_t known = static_cast<size_t>(got) / sizeof(uint64_t);
    for (size_t i = 0; i < known; ++i) touched_[page + i] = words[i] & (kPresent | kSwapped);
    page += std::max<size_t>(known, 1);
  }
}

bool TouchedPages::any(uint64_t offset, uint64_t length) const {
  const auto begin = touched_.begin() + static_cast<ptrdiff_t>(offset / kPageSize);
  const auto end =
      touched_.begin() + static_cast<ptrdiff_t>((offset + length + kPageSize - 1) / kPageSize);
  return std::find(begin, end, true) != end;
}

}  // namespace vireo
