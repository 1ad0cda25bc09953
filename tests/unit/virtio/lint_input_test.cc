// The driver lint's rules about input devices, each shown by a driver that breaks it.
#include "tests/unit/virtio/lint_small_bench.h"
#include "virtio/input/input_protocol.h"

namespace vireo::testing {
namespace {

using namespace virtio_input;

constexpr uint64_t kSelect = 0, kSubsel = 1, kSize = 2, kAnswer = 8;

struct Fixture : SmallBench {
  Fixture() : SmallBench(virtio_type::kInput) {}
  void write(uint64_t at, unsigned size = 1) {
    lint.on_access({VirtioRegion::kDevice, true, at, size, 1});
  }
  void read(uint64_t at, unsigned size = 1) {
    lint.on_access({VirtioRegion::kDevice, false, at, size, 0});
  }
};

TEST_CASE_FIXTURE(Fixture, "lint: a driver of an input device that keeps to the rules is clean") {
  for (int i = 0; i < 2; ++i) {
    write(kSelect);
    write(kSubsel);
    read(kSize);
    for (unsigned at = 0; at < 128; ++at) read(kAnswer + at);
  }
  write(kSubsel);
  write(kSelect);
  read(kSelect);
  read(kSize);
  write(kSelect, 2);
  read(kSelect, 4);
  read(kAnswer, 4);
  CHECK(broken("input-") == "");
}

TEST_CASE_FIXTURE(Fixture, "lint: input-select") {
  SUBCASE("nothing") {}
  SUBCASE("select alone") { write(kSelect); }
  SUBCASE("subsel alone") { write(kSubsel); }
  SUBCASE("subsel for the question before") {
    write(kSelect, 2);
    read(kSize);
    write(kSelect);
  }
  read(kSize);
  CHECK(broken("input-") == "input-select");
}

TEST_CASE_FIXTURE(Fixture, "lint: input-config-written") {
  SUBCASE("size") { write(kSize); }
  SUBCASE("with the others") { write(kSelect, 4); }
  SUBCASE("the answer") { write(kAnswer, 4); }
  CHECK(broken("input-") == "input-config-written");
}

TEST_CASE_FIXTURE(Fixture, "lint: input-size-not-read") {
  write(kSelect, 2);
  SUBCASE("never") {}
  SUBCASE("for the question before") {
    read(kSize);
    write(kSelect, 2);
  }
  read(kAnswer, 4);
  CHECK(broken("input-") == "input-size-not-read");
}

TEST_CASE_FIXTURE(Fixture, "lint: questions that it did not see are not judged") {
  lint.on_loaded();
  read(kAnswer);
  CHECK(broken("input-") == "");
  lint.on_reset(DriverReset::kStatus);
  read(kSize);
  CHECK(broken("input-") == "input-select");
}

TEST_CASE_FIXTURE(Fixture, "lint: input-event-buffer") {
  CHECK(take(LintRule::kInputEventBuffer, kEventQueue, 8, kWrite) == 0);
  CHECK(take(LintRule::kInputEventBuffer, kEventQueue, 7, kWrite) == 1);
  CHECK(take(LintRule::kInputEventBuffer, kEventQueue, 8) == 1);
}

TEST_CASE_FIXTURE(Fixture, "lint: input-status-buffer") {
  CHECK(take(LintRule::kInputStatusBuffer, kStatusQueue, 8) == 0);
  CHECK(take(LintRule::kInputStatusBuffer, kStatusQueue, 7) == 1);
  CHECK(take(LintRule::kInputStatusBuffer, kStatusQueue, 8, kWrite) == 1);
}

}  // namespace
}  // namespace vireo::testing
