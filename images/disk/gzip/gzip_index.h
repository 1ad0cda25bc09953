// Where in a gzip file unpacking can begin, so that a disk in it is read at any offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "images/disk/gzip/gzip_stream.h"

namespace vireo::gzip {

// Is told the share that is done, now and then; false gives up.
using Progress = std::function<bool(double)>;

class Index {
 public:
  // More than this would take over 33 MB; the places are farther apart then.
  static constexpr size_t kMostPlaces = 1024;
  static constexpr uint64_t kNearest = uint64_t{1} << 20;

  // Unpacks all of the file once, and checks it. Places are `nearest` unpacked bytes apart, or
  // farther. Errors: no gzip file, damaged, cut short, given up.
  static Result<Index> make(RandomFile& file, const Progress& progress,
                            uint64_t nearest = kNearest);

  uint64_t size() const { return size_; }  // unpacked, in bytes
  // The last place at or before `offset`.
  const Place& before(uint64_t offset) const;
  size_t places() const { return places_.size(); }

 private:
  explicit Index(uint64_t nearest) : spacing_(nearest) {}
  void add(Place&& place);

  std::vector<Place> places_{Place{}};
  uint64_t spacing_;
  uint64_t size_ = 0;
};

}  // namespace vireo::gzip
