#include "machine/host/host_source.h"

#include <algorithm>

namespace vireo {

HostSource::HostSource(SourceSet& set) : set_(set) { set_.sources_.push_back(this); }

HostSource::~HostSource() {
  auto& all = set_.sources_;
  all.erase(std::remove(all.begin(), all.end(), this), all.end());
}

void HostSource::add_waits(std::vector<pollfd>& waits) const {
  const int fd = wait_fd();
  if (fd >= 0) waits.push_back({fd, POLLIN, 0});
}

}  // namespace vireo
