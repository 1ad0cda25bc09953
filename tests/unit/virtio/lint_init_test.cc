// The driver lint's rules about initialisation, each shown by a driver that breaks it.
#include "tests/unit/virtio/lint_bench.h"

namespace vireo {
namespace {

using namespace testing::common;
using testing::LintBench;

struct Fixture : LintBench {};

TEST_CASE_FIXTURE(Fixture, "lint: a driver that keeps to the rules is clean") {
  auto ring = do_start(kUsualFeatures | virtio_feature::kEventIdx | virtio_feature::kIndirectDesc |
                       virtio_blk::kFlush);
  for (int i = 0; i < 20; ++i) CHECK(serves(ring));
  request(ring, 4, 0, 0, false);
  do_reset();
  do_start();
  CHECK(broken() == "");
}

TEST_CASE_FIXTURE(Fixture, "lint: a legacy driver that keeps to the rules is clean") {
  auto ring = start_legacy();
  settle();
  offer_read(ring);
  set_port(testing::legacy::kNotify, 2, 0);
  settle();
  CHECK(broken() == "");
}

TEST_CASE_FIXTURE(Fixture,
                  "lint: a driver goes on cleanly in a machine that comes from a snapshot") {
  auto ring = do_start();
  CHECK(serves(ring));
  Archive saved = Archive::saver();
  function->visit(saved);
  function->reset();
  Archive loader = Archive::loader(saved.bytes());
  function->visit(loader);
  REQUIRE(loader.ok());
  CHECK(serves(ring));
  CHECK(broken() == "");
  kick(1);
  CHECK(broken() == "kick-no-queue");
}

TEST_CASE_FIXTURE(Fixture, "lint: a driver that comes after a snapshot is watched from its start") {
  Archive saved = Archive::saver();
  function->visit(saved);
  do_start();
  Archive loader = Archive::loader(saved.bytes());
  function->visit(loader);
  REQUIRE(loader.ok());
  set_status(1);
  CHECK(broken() == "reset-first");
}

TEST_CASE_FIXTURE(Fixture, "lint: reset-first") {
  set_status(1);
  CHECK(broken() == "reset-first");
}

TEST_CASE_FIXTURE(Fixture, "lint: reset-not-awaited") {
  set_status(0);
  set_status(1);
  CHECK(broken() == "reset-not-awaited");
}

TEST_CASE_FIXTURE(Fixture, "lint: acknowledge-first") {
  do_reset();
  set_status(2);
  CHECK(broken() == "acknowledge-first");
}

TEST_CASE_FIXTURE(Fixture, "lint: status-bit-cleared") {
  do_reset();
  set_status(1);
  set_status(3);
  set_status(1);
  CHECK(broken() == "status-bit-cleared");
}

TEST_CASE_FIXTURE(Fixture, "lint: status-unknown-bit") {
  do_reset();
  set_status(0x21);
  CHECK(broken() == "status-unknown-bit");
}

TEST_CASE_FIXTURE(Fixture, "lint: retry-after-failed") {
  do_reset();
  set_status(1);
  set_status(0x81);
  set_status(3);
  CHECK(breaches(LintRule::kRetryAfterFailed) == 1);
}

TEST_CASE_FIXTURE(Fixture, "lint: features-ok-not-read") {
  do_reset();
  set_status(1);
  set_status(3);
  accept(kUsualFeatures);
  set_status(11);
  auto ring = ring_at();
  set_up_queue(ring.layout());
  set_status(15);
  CHECK(broken() == "features-ok-not-read");
}

TEST_CASE_FIXTURE(Fixture, "lint: driver-ok-too-early") {
  do_reset();
  set_status(1);
  set_status(3);
  accept(kUsualFeatures);
  set_status(7);
  CHECK(broken() == "driver-ok-too-early");
}

TEST_CASE_FIXTURE(Fixture, "lint: feature-not-offered") {
  do_reset();
  set_status(1);
  set_status(3);
  accept(kUsualFeatures | feature_bit(23));
  set_status(11);
  CHECK(broken() == "feature-not-offered");
  CHECK(lines[1].find("too many 0x800000") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "lint: version-1-missing") {
  do_reset();
  set_status(1);
  set_status(3);
  accept(0);
  set_status(11);
  CHECK(broken() == "version-1-missing");
}

TEST_CASE_FIXTURE(Fixture, "lint: features-too-late") {
  do_negotiate();
  accept(kUsualFeatures);
  CHECK(broken() == "features-too-late");
}

TEST_CASE_FIXTURE(Fixture, "lint: config-write-too-early") {
  do_reset();
  set_status(1);
  memory.write(kDeviceAddr + 32, 1, 0);
  CHECK(broken() == "config-write-too-early");
}

TEST_CASE_FIXTURE(Fixture, "lint: a breach is written out once, with its section and its place") {
  for (int i = 0; i < 3; ++i) set_status(1);
  CHECK(breaches(LintRule::kResetFirst) == 3);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] ==
        "virtio-lint: virtio-blk0: reset-first: the driver must reset the device before it sets "
        "any status bit (VirtIO 1.4, 3.1.1)");
  CHECK(lines[1] == "  seen: status written 0x01, 0 never before");
  CHECK(lines[2] == "  at RIP 0xffffffff81234567 of vCPU 2, instruction 1234567, 1.234567000 s");
}

TEST_CASE_FIXTURE(Fixture, "lint: the summary counts kinds and names the clean drivers") {
  set_status(1);
  set_status(1);
  report.add_device("virtio-rng0");
  lines.clear();
  report.summarise();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "virtio-lint: virtio-blk0: reset-first x2");
  CHECK(lines[1] == "virtio-lint: 1 of 2 drivers clean, " + std::to_string(lint_rules().size()) +
                        " rules watched");
}

TEST_CASE("lint: every rule has its own id and names a section") {
  std::vector<std::string_view> ids;
  for (const LintRuleText& rule : lint_rules()) {
    CHECK(std::count(ids.begin(), ids.end(), rule.id) == 0);
    CHECK(rule.section.find('.') != std::string_view::npos);
    ids.push_back(rule.id);
  }
}

}  // namespace
}  // namespace vireo
