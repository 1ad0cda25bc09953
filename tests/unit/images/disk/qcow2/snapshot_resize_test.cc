// Another size for a qcow2 disk that has internal snapshots: they stay what they were.
#include <doctest/doctest.h>

#include <string>

#include "images/disk/qcow2/check.h"
#include "images/disk/qcow2/format.h"
#include "tests/unit/images/disk/qcow2/qcow2_file.h"

namespace vireo {
namespace {

constexpr uint64_t kCluster = 512;
constexpr uint64_t kSize = 64 << 10;
constexpr uint64_t kEntries = kSize / kCluster / (kCluster / 8);  // of the L1 table

std::string check(const MemoryState& state, const Qcow2CheckOptions& options = {}) {
  ImageBytes file(std::make_unique<MemoryFile>(state), FlushPolicy::kOnFlush);
  std::string said;
  const auto report = check_qcow2(
      file, options, [&](const std::string& line) { said += line + "\n"; }, [](double) {});
  REQUIRE(report.ok());
  return said;
}

// Adds clusters of zeros; returns where they begin.
uint64_t append(const MemoryState& state) {
  const uint64_t at = (state->bytes.size() + kCluster - 1) / kCluster * kCluster;
  state->bytes.resize(at + kCluster);
  return at;
}

// Everything is shared from now on.
void clear_copied(const MemoryState& state, uint64_t table, uint64_t entries) {
  for (uint64_t i = 0; i < entries; ++i) {
    put_big(state, table + 8 * i, get_big(state, table + 8 * i) & ~qcow2::kCopied);
  }
}

// A snapshot "s" of the disk as it is.
void take_snapshot(const MemoryState& state, bool tells_size) {
  const uint64_t l1 = get_big(state, qcow2::kL1OffsetAt);
  clear_copied(state, l1, kEntries);
  const uint64_t copy = append(state), table = append(state);
  for (uint64_t i = 0; i < kEntries; ++i) {
    const uint64_t l2 = get_big(state, l1 + 8 * i);
    put_big(state, copy + 8 * i, l2);
    if (l2 != 0) clear_copied(state, l2, kCluster / 8);
  }
  std::byte* entry = state->bytes.data() + table;
  store_big<uint64_t>(entry, copy);
  store_big<uint32_t>(entry + 8, kEntries);
  store_big<uint16_t>(entry + 12, 1);
  store_big<uint16_t>(entry + 14, 1);
  store_big<uint32_t>(entry + 36, tells_size ? 16 : 0);
  if (tells_size) store_big<uint64_t>(entry + 48, kSize);
  std::byte* names = entry + 40 + (tells_size ? 16 : 0);
  names[0] = std::byte{'1'};
  names[1] = std::byte{'s'};
  store_big<uint32_t>(state->bytes.data() + 60, 1);
  store_big<uint64_t>(state->bytes.data() + 64, table);
  check(state, {.fix_leaks = true, .fix_counts = true});
  REQUIRE(check(state) == "");
}

MemoryState image_with_snapshot(bool tells_size = true) {
  Qcow2Layout layout;
  layout.size = kSize;
  layout.cluster_bits = 9;
  const MemoryState state = new_image(layout);
  CHECK(write_text(*open_disk_of(state), 0, std::string(kSize, 'o')));
  take_snapshot(state, tells_size);
  return state;
}

std::string snapshot_text(const MemoryState& state) {
  const auto disk = open_disk_of(state, true);
  REQUIRE(disk->show_snapshot("s").ok());
  CHECK(disk->size() == kSize);
  return read_text(*disk, 0, kSize);
}

TEST_CASE("a qcow2 disk that grows or shrinks leaves its snapshots whole") {
  for (const uint64_t bytes : {kSize / 4, kSize / 2 + 512, kSize * 3, kSize * 64}) {
    CAPTURE(bytes);
    const MemoryState state = image_with_snapshot();
    auto disk = open_disk_of(state);
    REQUIRE(disk->resize(bytes).ok());
    CHECK(write_text(*disk, bytes - 512, std::string(512, 'n')));
    CHECK(write_text(*disk, 0, "n"));
    REQUIRE(disk->resize(kSize).ok());
    disk.reset();
    CHECK(check(state) == "");
    CHECK(snapshot_text(state) == std::string(kSize, 'o'));
    CHECK(read_text(*open_disk_of(state, true), 0, 2) == "no");
  }
}

TEST_CASE("a size that a snapshot shares with its disk cannot change") {
  const MemoryState state = image_with_snapshot(false);
  const auto resized = open_disk_of(state)->resize(2 * kSize);
  REQUIRE_FALSE(resized.ok());
  CHECK(resized.error().message.find("do not say how large their disk is") != std::string::npos);
  CHECK(snapshot_text(state) == std::string(kSize, 'o'));
}

}  // namespace
}  // namespace vireo
