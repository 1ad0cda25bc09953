// Checks and repairs of qcow2 images, and what a process leaves that ends in the middle of writing.
#include "images/disk/qcow2/check.h"

#include <algorithm>
#include <string>

#include "tests/unit/images/disk/qcow2/qcow2_file.h"

namespace vireo {
namespace {

constexpr uint64_t kCluster = 512;
constexpr uint64_t kSize = 200 * kCluster;

Qcow2Layout layout() {
  Qcow2Layout layout;
  layout.size = kSize;
  layout.cluster_bits = 9;
  return layout;
}

struct Checked {
  Qcow2CheckReport report;
  std::string said;
};

Checked check(const MemoryState& state, const Qcow2CheckOptions& options = {}) {
  ImageBytes file(std::make_unique<MemoryFile>(state), FlushPolicy::kOnFlush);
  Checked checked;
  const auto report = check_qcow2(
      file, options, [&](const std::string& line) { checked.said += line + "\n"; }, [](double) {});
  REQUIRE(report.ok());
  checked.report = *report;
  return checked;
}

uint64_t l1_offset(const MemoryState& state) { return get_big(state, qcow2::kL1OffsetAt); }
uint64_t block_offset(const MemoryState& state) { return get_big(state, kCluster); }

MemoryState written_image() {
  const MemoryState state = new_image(layout());
  auto disk = open_disk_of(state);
  CHECK(write_text(*disk, 100, std::string(20 * kCluster, 'x')));
  CHECK(disk->discard(10 * kCluster, 4 * kCluster).ok());
  return state;
}

TEST_CASE("an image in order has nothing to find") {
  const Checked checked = check(written_image());
  CHECK(checked.said == "");
  CHECK(checked.report.corruptions + checked.report.leaks + checked.report.errors == 0);
  CHECK(checked.report.clusters == 200);
  CHECK(checked.report.allocated == 17);
}

TEST_CASE("leaks and low counts are found, and repaired when asked") {
  const MemoryState state = written_image();
  const uint64_t block = block_offset(state);
  state->bytes[block + 2 * 5 + 1] = std::byte{0};
  state->bytes[block + 2 * 100 + 1] = std::byte{3};
  const Checked found = check(state);
  CHECK(found.report.leaks == 1);
  CHECK(found.said.find("ERROR cluster 5 refcount=0 reference=1") != std::string::npos);
  CHECK(found.said.find("Leaked cluster 100 refcount=3 reference=0") != std::string::npos);
  CHECK(check(state, {.fix_leaks = true, .fix_counts = false}).report.leaks_fixed == 1);
  CHECK(check(state).report.leaks == 0);
  CHECK(check(state, {.fix_leaks = true, .fix_counts = true}).report.corruptions_fixed == 1);
  CHECK(check(state).said == "");
}

TEST_CASE("refcounts that were put off are put right when the image is opened for writing") {
  const MemoryState state = written_image();
  state->bytes[qcow2::kIncompatibleAt + 7] = std::byte{qcow2::kDirty};
  const uint64_t block = block_offset(state);
  for (uint64_t cluster = 4; cluster < 30; ++cluster) {
    state->bytes[block + 2 * cluster + 1] = std::byte{0};
  }
  const auto before = state->bytes;
  CHECK(read_text(*open_disk_of(state, true), 100, 1) == "x");
  CHECK(state->bytes == before);
  CHECK(write_text(*open_disk_of(state), 50 * kCluster, "new"));
  CHECK(state->bytes[qcow2::kIncompatibleAt + 7] == std::byte{0});
  CHECK(check(state).said == "");
  CHECK(read_text(*open_disk_of(state, true), 100, 20 * kCluster / 3) ==
        std::string(20 * kCluster / 3, 'x'));
}

// A file of 130 clusters, of which a block counts 64, and the second block is lost.
MemoryState image_without_a_block() {
  Qcow2Layout small = layout();
  small.refcount_order = 6;
  const MemoryState state = new_image(small);
  CHECK(write_text(*open_disk_of(state), 0, std::string(120 * kCluster, 'x')));
  CHECK(get_big(state, kCluster + 8) != 0);
  put_big(state, kCluster + 8, 0);
  return state;
}

TEST_CASE("a block of counts that is lost is made anew where nothing else is") {
  const std::string text(120 * kCluster, 'x');
  const MemoryState state = image_without_a_block();
  CHECK(check(state).report.corruptions >= 64);
  CHECK(check(state, {.fix_leaks = true, .fix_counts = true}).report.corruptions == 0);
  CHECK(check(state).said == "");
  CHECK(read_text(*open_disk_of(state), 0, text.size()) == text);

  const MemoryState dirty = image_without_a_block();
  dirty->bytes[qcow2::kIncompatibleAt + 7] = std::byte{qcow2::kDirty};
  auto disk = open_disk_of(dirty);
  CHECK(write_text(*disk, 130 * kCluster, text.substr(0, 60 * kCluster)));
  CHECK(read_text(*disk, 0, text.size()) == text);
  disk.reset();
  CHECK(check(dirty).said == "");
}

TEST_CASE("what was in the file before is not overwritten where a block of counts is lost") {
  const std::string text(120 * kCluster, 'x');
  const MemoryState state = image_without_a_block();
  auto disk = open_disk_of(state);
  CHECK(write_text(*disk, 130 * kCluster, text.substr(0, 60 * kCluster)));
  CHECK(disk->flush().ok());
  CHECK(read_text(*disk, 0, text.size()) == text);
}

TEST_CASE("a release that fails takes nothing back twice") {
  const MemoryState state = written_image();
  const uint64_t l2 = get_big(state, l1_offset(state)) & qcow2::kOffsetMask;
  const auto cluster_of = [&](uint64_t i) {
    return (get_big(state, l2 + i * 8) & qcow2::kOffsetMask) / kCluster;
  };
  const uint64_t block = block_offset(state), first = cluster_of(1), second = cluster_of(2);
  state->bytes[block + 2 * first + 1] = std::byte{3};
  state->bytes[block + 2 * second + 1] = std::byte{0};
  auto disk = open_disk_of(state);
  CHECK(disk->discard(kCluster, 2 * kCluster).ok());
  CHECK_FALSE(disk->flush().ok());
  CHECK(disk->flush().ok());
  CHECK(state->bytes[block + 2 * first + 1] == std::byte{2});
}

TEST_CASE("overlaps, entries that lead nowhere and wrong flags are found") {
  const MemoryState twice = written_image();
  const uint64_t l2 = get_big(twice, l1_offset(twice)) & qcow2::kOffsetMask;
  put_big(twice, l2, get_big(twice, l2 + 8));
  CHECK(check(twice).report.corruptions > 0);
  const MemoryState beyond = written_image();
  put_big(beyond, l2, uint64_t{1} << 50 | qcow2::kCopied);
  CHECK(check(beyond).said.find("is beyond the end of the file") != std::string::npos);
  const MemoryState unmarked = written_image();
  put_big(unmarked, l2, get_big(unmarked, l2) & ~qcow2::kCopied);
  CHECK(check(unmarked).said.find("copied flag of data") != std::string::npos);
}

// Writes, zeroes, discards and flushes, of which `state` keeps what was flushed last.
struct Workload {
  std::string flushed = std::string(kSize, '\0');
  std::string model = flushed;
  // Bytes that were changed since the last flush: they may be as before or as after.
  std::string touched = flushed;

  // Whether it came to its end.
  bool run(BlockBackend& disk, unsigned steps) {
    uint32_t random = 7;
    const auto next = [&random](uint32_t limit) {
      random = random * 1664525 + 1013904223;
      return static_cast<uint32_t>(uint64_t{random} * limit >> 32);
    };
    for (unsigned i = 0; i < steps; ++i) {
      const uint64_t offset = next(kSize);
      const uint64_t length = std::min<uint64_t>(1 + next(5 * kCluster), kSize - offset);
      const char letter = static_cast<char>('a' + i % 26);
      const uint32_t kind = next(6);
      const bool zeros = kind == 0;
      touched.replace(offset, length, length, '\1');
      const bool done = zeros ? disk.write_zeroes(offset, length, next(2) == 0).ok()
                              : write_text(disk, offset, std::string(length, letter));
      if (!done) return false;
      model.replace(offset, length, length, zeros ? '\0' : letter);
      if (next(4) == 0) {
        if (!disk.flush()) return false;
        flushed = model;
        touched.assign(kSize, '\0');
      }
    }
    return disk.flush().ok();
  }
};

// A file that takes so many writes and then no more, as if the process had been killed.
class MortalFile final : public DiskFile {
 public:
  MortalFile(const MemoryState& state, int writes) : file_(state), writes_left_(writes) {}
  uint64_t size() const override { return file_.size(); }
  std::string description() const override { return file_.description(); }
  Result<void> read(uint64_t at, std::span<std::byte> out) override { return file_.read(at, out); }
  Result<void> write(uint64_t at, std::span<const std::byte> in) override {
    // The last one comes to its first half only.
    if (writes_left_ == 1 && in.size() >= 16) {
      (void)file_.write(at, in.first(in.size() / 16 * 8));
      writes_left_ = 0;
    }
    return writes_left_-- > 0 ? file_.write(at, in) : dead();
  }
  Result<void> sync() override { return writes_left_ > 0 ? Result<void>() : dead(); }
  Result<void> discard(uint64_t at, uint64_t n) override {
    return writes_left_ > 0 ? file_.discard(at, n) : dead();
  }
  Result<void> zero(uint64_t, uint64_t, bool) override { return dead(); }
  Result<void> resize(uint64_t) override { return dead(); }

 private:
  static Error dead() { return Error{"killed"}; }
  MemoryFile file_;
  int writes_left_;
};

void kill_after_each_write(const Qcow2Layout& layout) {
  bool over = false;
  for (int writes = 1; !over; ++writes) {
    CAPTURE(writes);
    const MemoryState state = new_image(layout);
    Workload workload;
    {
      auto disk = Qcow2Disk::open(std::make_unique<MortalFile>(state, writes), false,
                                  FlushPolicy::kOnFlush);
      REQUIRE(disk.ok());
      over = workload.run(**disk, 60);
    }
    const Checked checked = check(state);
    REQUIRE(checked.report.corruptions + checked.report.errors == 0);
    const std::string now = read_text(*open_disk_of(state), 0, kSize);
    REQUIRE(now.size() == kSize);
    for (uint64_t i = 0; i < kSize; ++i) {
      if (now[i] != workload.flushed[i] && workload.touched[i] == '\0') {
        FAIL("byte " << i << " of what was flushed is gone");
      }
    }
    if (over) CHECK(now == workload.model);
  }
}

TEST_CASE("killed after any write, an image is in order and has what was flushed") {
  kill_after_each_write(layout());
  Qcow2Layout two = layout();
  two.version = 2;
  kill_after_each_write(two);
}

}  // namespace
}  // namespace vireo
