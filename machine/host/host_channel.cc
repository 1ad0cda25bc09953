#include "machine/host/host_channel.h"

#include <algorithm>

namespace vireo {

HostChannel::HostChannel(ChannelSet& set) : set_(set) { set_.channels_.push_back(this); }

HostChannel::~HostChannel() {
  auto& all = set_.channels_;
  all.erase(std::remove(all.begin(), all.end(), this), all.end());
}

}  // namespace vireo
