#include "virtio/net/net_counters.h"

#include <fmt/format.h>

namespace vireo {
namespace {

std::string describe(const char* verb, const NetCounters& counters) {
  return fmt::format("{} {} frames, {} bytes in {} batches, {} dropped", verb, counters.frames,
                     counters.bytes, counters.batches, counters.dropped);
}

}  // namespace

std::string NetStatistics::text() const {
  return describe("received", received) + "; " + describe("sent", sent);
}

}  // namespace vireo
