#include "virtio/net/net_counters.h"

#include <fmt/format.h>

namespace vireo {
namespace {

std::string describe(const char* verb, const NetCounters& counters) {
  return fmt::format("{} {} frames, {} bytes in {} batches, {} dropped", verb, counters.frames,
                     counters.bytes, counters.batches, counters.dropped);
}

void tell(const CounterVisitor& visit, const std::string& verb, const NetCounters& counters) {
  visit(verb + "_frames", counters.frames);
  visit(verb + "_bytes", counters.bytes);
  visit(verb + "_batches", counters.batches);
  visit(verb + "_dropped", counters.dropped);
}

}  // namespace

std::string NetStatistics::text() const {
  return describe("received", received) + "; " + describe("sent", sent);
}

void NetStatistics::for_each(const CounterVisitor& visit) const {
  tell(visit, "received", received);
  tell(visit, "sent", sent);
}

}  // namespace vireo
