#include "machine/host/slow_writes.h"

#include <doctest/doctest.h>

namespace vireo {
namespace {

TEST_CASE("slow writes are expected from the first one until enough were quick") {
  SlowWrites writes;
  writes.took(SlowWrites::kSlowNs - 1);
  CHECK_FALSE(writes.expected());
  writes.took(SlowWrites::kSlowNs);
  for (unsigned i = 0; i < SlowWrites::kQuickOnes; ++i) {
    CHECK(writes.expected());
    writes.took(1000);
  }
  CHECK_FALSE(writes.expected());
}

TEST_CASE("another slow write begins the count anew") {
  SlowWrites writes;
  writes.took(SlowWrites::kSlowNs);
  for (unsigned i = 1; i < SlowWrites::kQuickOnes; ++i) writes.took(1000);
  writes.took(SlowWrites::kSlowNs);
  writes.took(1000);
  CHECK(writes.expected());
}

}  // namespace
}  // namespace vireo
