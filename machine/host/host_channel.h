// A byte channel whose far end is on the host.
#pragma once

#include "machine/base/byte_channel.h"
#include "machine/host/host_source.h"

namespace vireo {

class HostChannel : public ByteChannel, public HostSource {
 public:
  explicit HostChannel(SourceSet& set) : HostSource(set) {}
  void pump() override { flush(); }
};

}  // namespace vireo
