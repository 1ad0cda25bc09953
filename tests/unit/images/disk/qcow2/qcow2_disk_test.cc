#include <string>
#include <vector>

#include "tests/unit/images/disk/qcow2/qcow2_file.h"

namespace vireo {
namespace {

constexpr uint64_t kSize = 300 * 1024 + 512;

// Clusters of 1 KiB: tables are small, and full soon.
Qcow2Layout small_layout(uint64_t size = kSize) {
  Qcow2Layout layout;
  layout.size = size;
  layout.cluster_bits = 10;
  return layout;
}

std::unique_ptr<BlockBackend> raw_disk(const MemoryState& state) {
  auto raw =
      make_raw_disk(std::make_unique<MemoryFile>(state), {true, FlushPolicy::kOnFlush, true});
  REQUIRE(raw.ok());
  return std::move(*raw);
}

// Many changes of all kinds, compared with a plain copy, also after opening again.
void compare_with_copy(const Qcow2Layout& layout, const std::string& below) {
  const MemoryState state = new_image(layout);
  const MemoryState base = memory_state(below);
  std::string model = below;
  model.resize(layout.size, '\0');
  uint32_t random = 1;
  const auto next = [&random](uint32_t limit) {
    random = random * 1664525 + 1013904223;
    return static_cast<uint32_t>(uint64_t{random} * limit >> 32);
  };
  for (int round = 0; round < 8; ++round) {
    auto disk = open_disk_of(state);
    if (!below.empty()) disk->set_backing(raw_disk(base));
    CHECK(read_text(*disk, 0, layout.size) == model);
    for (int i = 0; i < 60; ++i) {
      const uint64_t offset = next(static_cast<uint32_t>(layout.size));
      const uint64_t length = std::min<uint64_t>(next(6000), layout.size - offset);
      const uint32_t kind = next(8);
      if (kind == 0) {
        REQUIRE(disk->write_zeroes(offset, length, next(2) == 0).ok());
        model.replace(offset, length, length, '\0');
      } else if (kind == 1 && below.empty()) {
        REQUIRE(disk->discard(offset, length).ok());
        model = read_text(*disk, 0, layout.size);
      } else {
        const std::string text(length, static_cast<char>('a' + i % 26));
        REQUIRE(write_text(*disk, offset, text));
        model.replace(offset, length, text);
      }
      if (next(10) == 0) CHECK(disk->flush().ok());
    }
    CHECK(read_text(*disk, 0, layout.size) == model);
  }
  CHECK(base->bytes == memory_state(below)->bytes);
}

TEST_CASE("a new qcow2 disk reads as zeros and takes writes") {
  const MemoryState state = new_image(small_layout());
  auto disk = open_disk_of(state);
  CHECK(disk->size() == kSize);
  CHECK(read_text(*disk, kSize - 3, 3) == std::string(3, '\0'));
  CHECK(write_text(*disk, 1023, "across"));
  CHECK(read_text(*disk, 1022, 8) == std::string("\0across\0", 8));
  CHECK_FALSE(write_text(*disk, kSize - 1, "xx"));
}

TEST_CASE("what was written to a qcow2 disk is there when it is opened again") {
  const MemoryState state = new_image(small_layout());
  CHECK(write_text(*open_disk_of(state), 5000, "kept"));
  CHECK(read_text(*open_disk_of(state, true), 4999, 6) == std::string("\0kept\0", 6));
}

TEST_CASE("qcow2 disks agree with a plain copy, whatever their layout") {
  compare_with_copy(small_layout(), "");
  compare_with_copy(small_layout(), std::string(kSize, 'b'));
  compare_with_copy(small_layout(), std::string(200 * 512, 'b'));
  Qcow2Layout two = small_layout();
  two.version = 2;
  compare_with_copy(two, "");
  compare_with_copy(two, std::string(kSize, 'b'));
  Qcow2Layout large = small_layout();
  large.cluster_bits = 16;
  compare_with_copy(large, std::string(kSize, 'b'));
}

TEST_CASE("refcounts of every width count") {
  for (unsigned order = 0; order <= 6; ++order) {
    Qcow2Layout layout = small_layout();
    layout.refcount_order = order;
    compare_with_copy(layout, "");
  }
}

TEST_CASE("the refcount table grows when the file outgrows it") {
  Qcow2Layout layout = small_layout(16 << 20);
  layout.cluster_bits = 9;
  layout.refcount_order = 6;  // a block counts 64 clusters, a table's cluster 2 MiB of file
  const MemoryState state = new_image(layout);
  const std::string text(5 << 20, 'x');
  CHECK(write_text(*open_disk_of(state), 4096, text));
  auto disk = open_disk_of(state);
  CHECK(disk->header().refcount_table_clusters > 1);
  CHECK(read_text(*disk, 4096, text.size()) == text);
}

TEST_CASE("a flush makes data, counts, tables reach the file in this order") {
  const MemoryState state = new_image(small_layout());
  auto disk = open_disk_of(state);
  CHECK(write_text(*disk, 0, "x"));
  CHECK(get_big(state, disk->header().l1_offset) == 0);
  CHECK(disk->flush().ok());
  CHECK(get_big(state, disk->header().l1_offset) != 0);
  CHECK(state->syncs >= 3);
}

TEST_CASE("a disk that cannot be written to any more keeps what it had") {
  const MemoryState state = new_image(small_layout());
  auto disk = open_disk_of(state);
  CHECK(write_text(*disk, 0, "before"));
  CHECK(disk->flush().ok());
  state->fail_writes = true;
  CHECK_FALSE(write_text(*disk, 10240, "lost"));
  CHECK(read_text(*disk, 10240, 4) == std::string(4, '\0'));
  CHECK(read_text(*disk, 0, 6) == "before");
  state->fail_writes = false;
  CHECK(write_text(*disk, 10240, "there"));
  CHECK(read_text(*open_disk_of(state, true), 0, 6) == "before");
}

TEST_CASE("a read-only qcow2 disk refuses every change") {
  const MemoryState state = new_image(small_layout());
  const auto before = state->bytes;
  auto disk = open_disk_of(state, true);
  CHECK(disk->read_only());
  CHECK_FALSE(write_text(*disk, 0, "x"));
  CHECK_FALSE(disk->discard(0, 512).ok());
  CHECK_FALSE(disk->write_zeroes(0, 512, true).ok());
  CHECK_FALSE(disk->resize(1024).ok());
  CHECK(disk->flush().ok());
  disk.reset();
  CHECK(state->bytes == before);
}

TEST_CASE("a qcow2 disk grows by zeros, also where its backing file goes on") {
  const MemoryState state = new_image(small_layout(4096 + 512));
  auto disk = open_disk_of(state);
  disk->set_backing(raw_disk(memory_state(std::string(1 << 20, 'b'))));
  CHECK(write_text(*disk, 4096, "tail"));
  REQUIRE(disk->resize(1 << 20).ok());
  CHECK(disk->size() == 1 << 20);
  CHECK(read_text(*disk, 4095, 7) == "btailbb");
  CHECK(read_text(*disk, 4606, 4) == std::string("bb\0\0", 4));
  CHECK(read_text(*disk, 900000, 3) == std::string(3, '\0'));
  CHECK(write_text(*disk, (1 << 20) - 3, "end"));
  disk.reset();
  CHECK(read_text(*open_disk_of(state, true), (1 << 20) - 3, 3) == "end");
}

TEST_CASE("what a qcow2 disk lost by shrinking stays lost") {
  const MemoryState state = new_image(small_layout());
  auto disk = open_disk_of(state);
  CHECK(write_text(*disk, 0, std::string(kSize, 'x')));
  REQUIRE(disk->resize(2560).ok());
  CHECK_FALSE(write_text(*disk, 2560, "x"));
  REQUIRE(disk->resize(kSize).ok());
  CHECK(read_text(*disk, 2558, 4) == std::string("xx\0\0", 4));
  CHECK(read_text(*disk, 10000, 2) == std::string(2, '\0'));
}

TEST_CASE("packed clusters read as what they were, by either compression") {
  for (const auto how : {qcow2::Compression::kZlib, qcow2::Compression::kZstd}) {
    Qcow2Layout layout = small_layout();
    layout.compression = how;
    const MemoryState state = new_image(layout);
    std::string model;
    {
      auto disk = open_disk_of(state);
      for (uint64_t at = 0; at < 100 * 1024; at += 1024) {
        std::string text;
        for (size_t i = 0; text.size() < 1024; ++i) text += std::to_string(at * (i % 17 + 1));
        text.resize(1024);
        model += text;
        REQUIRE(disk->write_packed(at, std::as_bytes(std::span(text))).ok());
      }
      CHECK(read_text(*disk, 0, model.size()) == model);
    }
    CHECK(state->bytes.size() < 90 * 1024);
    auto disk = open_disk_of(state);
    CHECK(read_text(*disk, 0, model.size()) == model);
    CHECK(write_text(*disk, 2000, "into a packed one"));
    model.replace(2000, 17, "into a packed one");
    CHECK(read_text(*disk, 0, model.size()) == model);
  }
}

TEST_CASE("packed clusters do not share a host cluster whose count is at its end") {
  Qcow2Layout layout = small_layout();
  layout.refcount_order = 0;
  const MemoryState state = new_image(layout);
  auto disk = open_disk_of(state);
  const std::string text(1024, 'p');
  for (uint64_t at = 0; at < 4096; at += 1024) {
    CHECK(disk->write_packed(at, std::as_bytes(std::span(text))).ok());
  }
  CHECK(read_text(*disk, 0, 4096) == std::string(4096, 'p'));
}

}  // namespace
}  // namespace vireo
