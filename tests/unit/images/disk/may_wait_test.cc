// Which operations of a disk may have to wait for the host, and on how many threads.
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "images/disk/disk.h"
#include "tests/unit/images/disk/memory_file.h"
#include "tests/unit/images/disk/qcow2/qcow2_file.h"

namespace vireo {
namespace {

constexpr auto kRead = BlockOperation::kRead;
constexpr auto kWrite = BlockOperation::kWrite;
constexpr auto kFlush = BlockOperation::kFlush;

std::unique_ptr<BlockBackend> raw_of(const std::shared_ptr<MemoryFile::State>& state,
                                     FlushPolicy policy, bool read_only = false) {
  auto raw = make_raw_disk(std::make_unique<MemoryFile>(state), {read_only, policy, true});
  REQUIRE(raw.ok());
  return std::move(*raw);
}

TEST_CASE("may wait: a raw disk waits for its file, and longer where writes go through") {
  const auto state = memory_state(std::string(65536, 'r'));
  CHECK(raw_of(state, FlushPolicy::kOnFlush)->concurrent());
  CHECK_FALSE(raw_of(state, FlushPolicy::kOnFlush)->may_wait(kWrite, 0, 512));
  CHECK(raw_of(state, FlushPolicy::kEveryWrite)->may_wait(kWrite, 0, 512));
  CHECK_FALSE(raw_of(state, FlushPolicy::kEveryWrite)->may_wait(kRead, 0, 512));
  state->waits = true;
  CHECK(raw_of(state, FlushPolicy::kOnFlush)->may_wait(kRead, 0, 512));
  CHECK(raw_of(state, FlushPolicy::kOnFlush)->may_wait(kFlush, 0, 0));
  CHECK_FALSE(raw_of(state, FlushPolicy::kNever)->may_wait(kFlush, 0, 0));
  CHECK_FALSE(raw_of(state, FlushPolicy::kOnFlush, true)->may_wait(kFlush, 0, 0));
}

TEST_CASE("may wait: an overlay waits for its base only, where that is read") {
  const auto base = memory_state(std::string(256 << 10, 'b'));
  base->waits = true;
  const auto disk = make_overlay_disk(raw_of(base, FlushPolicy::kOnFlush, true),
                                      std::make_unique<MemoryFile>(memory_state("")));
  CHECK_FALSE(disk->concurrent());
  CHECK(disk->may_wait(kRead, 0, 4096));
  // A write copies what it does not fill.
  CHECK(disk->may_wait(kWrite, 0, 4096));
  CHECK(disk->may_wait(kWrite, 65536, 65536 + 512));
  CHECK_FALSE(disk->may_wait(kWrite, 65536, 2 * 65536));
  CHECK_FALSE(disk->may_wait(kFlush, 0, 0));
  const std::string text(65536, 'x');
  REQUIRE(disk->write(0, std::as_bytes(std::span(text.data(), text.size()))).ok());
  CHECK_FALSE(disk->may_wait(kRead, 0, 4096));
  CHECK_FALSE(disk->may_wait(kWrite, 0, 4096));
  CHECK(disk->may_wait(kRead, 65536, 4096));
  REQUIRE(disk->resize(1 << 20).ok());
  CHECK_FALSE(disk->may_wait(kRead, 512 << 10, 4096));
}

TEST_CASE("may wait: a qcow2 disk waits for its file, its backing file, and unpacking") {
  Qcow2Layout layout;
  layout.size = 256 << 10;
  layout.cluster_bits = 12;
  const MemoryState state = new_image(layout);
  const auto disk = open_disk_of(state);
  const uint64_t cluster = disk->header().cluster_bytes();
  const std::string text(static_cast<size_t>(cluster), 'x');
  REQUIRE(disk->write_packed(0, std::as_bytes(std::span(text.data(), text.size()))).ok());
  CHECK(write_text(*disk, cluster, text));
  CHECK_FALSE(disk->concurrent());
  CHECK(disk->may_wait(kRead, 0, 512));
  CHECK_FALSE(disk->may_wait(kRead, cluster, 512));
  CHECK_FALSE(disk->may_wait(kWrite, cluster, 512));
  CHECK(disk->may_wait(kFlush, 0, 0));
  CHECK_FALSE(disk->may_wait(kRead, disk->size(), 512));
  state->waits = true;
  CHECK(disk->may_wait(kRead, cluster, 512));
  CHECK(disk->may_wait(kWrite, cluster, 512));
  CHECK_FALSE(disk->may_wait(kRead, 4 * cluster, 512));
  const auto below = memory_state(std::string(64 << 10, 'b'));
  below->waits = true;
  disk->set_backing(raw_of(below, FlushPolicy::kOnFlush, true));
  CHECK(disk->may_wait(kRead, 4 * cluster, 512));
  CHECK_FALSE(open_disk_of(state, true)->may_wait(kFlush, 0, 0));
}

TEST_CASE("may wait: a qcow2 disk waits for tables that it has to read, and for what it copies") {
  Qcow2Layout layout;
  layout.size = 4 << 20;  // two tables
  layout.cluster_bits = 12;
  const MemoryState state = new_image(layout);
  const uint64_t cluster = 4096, behind = 2 << 20;
  const std::string text(4 * cluster, 'x');
  CHECK(write_text(*open_disk_of(state), 0, text));
  CHECK(write_text(*open_disk_of(state), behind, text));
  const auto disk = open_disk_of(state);
  CHECK(disk->may_wait(kRead, 0, 512));
  CHECK(disk->may_wait(kWrite, 0, 512));
  CHECK(read_text(*disk, 0, 1) == "x");
  CHECK_FALSE(disk->may_wait(kRead, 0, 512));
  CHECK_FALSE(disk->may_wait(kWrite, 0, 512));
  CHECK(disk->may_wait(kRead, behind, 512));
  // The first new cluster is looked for from the beginning on.
  CHECK(disk->may_wait(kWrite, 100 * cluster, cluster));
  CHECK(write_text(*disk, 100 * cluster, "x"));
  CHECK_FALSE(disk->may_wait(kWrite, 101 * cluster, cluster));
  const auto below = memory_state(std::string(4 << 20, 'b'));
  below->waits = true;
  disk->set_backing(raw_of(below, FlushPolicy::kOnFlush, true));
  CHECK_FALSE(disk->may_wait(kWrite, 101 * cluster, cluster));
  CHECK(disk->may_wait(kWrite, 101 * cluster, 512));
}

}  // namespace
}  // namespace vireo
