#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include "images/disk/disk.h"
#include "tests/unit/images/disk/memory_file.h"

namespace vireo {
namespace {

constexpr uint64_t kGranule = 64 * 1024;
// Three whole granules and a short one.
constexpr uint64_t kSize = 3 * kGranule + 1024;

// An overlay on a disk full of 'b', with both files in hand.
struct Overlay {
  std::shared_ptr<MemoryFile::State> base = memory_state(std::string(kSize, 'b'));
  std::shared_ptr<MemoryFile::State> scratch = memory_state("");
  std::unique_ptr<BlockBackend> disk;

  Overlay() {
    auto raw =
        make_raw_disk(std::make_unique<MemoryFile>(base), {true, FlushPolicy::kOnFlush, true});
    REQUIRE(raw.ok());
    disk = make_overlay_disk(std::move(*raw), std::make_unique<MemoryFile>(scratch));
  }

  std::string read(uint64_t offset, size_t length) {
    std::string text(length, '?');
    REQUIRE(disk->read(offset, std::as_writable_bytes(std::span(text.data(), length))).ok());
    return text;
  }
  bool write(uint64_t offset, const std::string& text) {
    return disk->write(offset, std::as_bytes(std::span(text.data(), text.size()))).ok();
  }
};

TEST_CASE("an untouched overlay shows its base and may be written") {
  Overlay overlay;
  CHECK(overlay.disk->size() == kSize);
  CHECK_FALSE(overlay.disk->read_only());
  CHECK(overlay.read(0, kSize) == std::string(kSize, 'b'));
}

TEST_CASE("a write is read back, its surroundings stay, the base never changes") {
  Overlay overlay;
  CHECK(overlay.write(1000, "new"));
  CHECK(overlay.read(999, 5) == "bnewb");
  CHECK(overlay.read(0, kSize) == std::string(1000, 'b') + "new" + std::string(kSize - 1003, 'b'));
  CHECK(overlay.base->writes == 0);
}

TEST_CASE("a second write into a copied piece copies no more") {
  Overlay overlay;
  CHECK(overlay.write(0, "one"));
  CHECK(overlay.write(3, "two"));
  CHECK(overlay.read(0, 7) == "onetwob");
}

TEST_CASE("a write across pieces lands in all of them") {
  Overlay overlay;
  const std::string text(2 * kGranule, 'x');
  CHECK(overlay.write(kGranule / 2, text));
  CHECK(overlay.read(kGranule / 2 - 1, text.size() + 2) == "b" + text + "b");
}

TEST_CASE("the short last piece is copied and zeroed within the disk's size") {
  Overlay overlay;
  CHECK(overlay.write(kSize - 1, "z"));
  CHECK(overlay.read(kSize - 2, 2) == "bz");
  CHECK(overlay.scratch->bytes.size() == kSize);
  CHECK(overlay.disk->write_zeroes(3 * kGranule, 1024, true).ok());
  CHECK(overlay.read(3 * kGranule, 1024) == std::string(1024, '\0'));
}

TEST_CASE("zeroes cover whole pieces and parts, over base and over writes") {
  Overlay overlay;
  CHECK(overlay.write(kGranule, std::string(kGranule, 'x')));
  CHECK(overlay.disk->write_zeroes(kGranule - 10, kGranule + 20, false).ok());
  CHECK(overlay.read(kGranule - 11, kGranule + 22) == "b" + std::string(kGranule + 20, '\0') + "b");
}

TEST_CASE("a write into zeroed space leaves zeros around it") {
  Overlay overlay;
  CHECK(overlay.disk->write_zeroes(0, kGranule, true).ok());
  CHECK(overlay.write(5, "q"));
  CHECK(overlay.read(4, 3) == std::string("\0q\0", 3));
}

TEST_CASE("discarded whole pieces read as zeros, parts keep their content") {
  Overlay overlay;
  CHECK(overlay.write(kGranule, std::string(kGranule, 'x')));
  CHECK(overlay.disk->discard(kGranule - 512, kGranule + 1024).ok());
  CHECK(overlay.read(kGranule - 1, 2) == std::string("b\0", 2));
  CHECK(overlay.read(2 * kGranule - 1, 2) == std::string("\0b", 2));
  CHECK(overlay.scratch->discards == 1);
}

TEST_CASE("a failed write leaves the old content and succeeds when tried again") {
  Overlay overlay;
  overlay.scratch->fail_writes = true;
  CHECK_FALSE(overlay.write(0, "new"));
  CHECK(overlay.read(0, 3) == "bbb");
  overlay.scratch->fail_writes = false;
  CHECK(overlay.write(0, "new"));
  CHECK(overlay.read(0, 4) == "newb");
}

TEST_CASE("flushing an overlay needs no stable storage") {
  Overlay overlay;
  CHECK(overlay.write(0, "new"));
  CHECK(overlay.disk->flush().ok());
  CHECK(overlay.base->syncs == 0);
  CHECK(overlay.scratch->syncs == 0);
}

TEST_CASE("ranges beyond the end are refused") {
  Overlay overlay;
  CHECK_FALSE(overlay.write(kSize - 1, "xx"));
  CHECK_FALSE(overlay.disk->discard(kSize, 1).ok());
  CHECK_FALSE(overlay.disk->write_zeroes(UINT64_MAX, 2, true).ok());
}

TEST_CASE("many small writes agree with a plain copy of the disk") {
  Overlay overlay;
  std::string model(kSize, 'b');
  uint32_t random = 1;
  for (int i = 0; i < 400; ++i) {
    random = random * 1664525 + 1013904223;
    const uint64_t offset = random % kSize;
    const uint64_t length = std::min<uint64_t>((random >> 12) % 70000, kSize - offset);
    const std::string text(length, static_cast<char>('a' + i % 26));
    CHECK(overlay.write(offset, text));
    model.replace(offset, length, text);
  }
  CHECK(overlay.read(0, kSize) == model);
}

TEST_CASE("an overlay grows by zeros and leaves its base alone") {
  Overlay overlay;
  CHECK(overlay.write(kSize - 2, "zz"));
  REQUIRE(overlay.disk->resize(5 * kGranule).ok());
  CHECK(overlay.disk->size() == 5 * kGranule);
  CHECK(overlay.read(kSize - 3, 6) == std::string("bzz\0\0\0", 6));
  CHECK(overlay.read(4 * kGranule, 3) == std::string(3, '\0'));
  CHECK(overlay.write(5 * kGranule - 4, "last"));
  CHECK(overlay.read(5 * kGranule - 5, 5) == std::string("\0last", 5));
  CHECK(overlay.base->bytes.size() == kSize);
}

TEST_CASE("what an overlay lost by shrinking stays lost") {
  Overlay overlay;
  CHECK(overlay.write(kGranule + 100, "inside"));
  CHECK(overlay.write(2 * kGranule, "beyond"));
  REQUIRE(overlay.disk->resize(kGranule + 103).ok());
  CHECK_FALSE(overlay.write(kGranule + 103, "x"));
  REQUIRE(overlay.disk->resize(kSize).ok());
  CHECK(overlay.read(kGranule + 99, 6) == std::string("bins\0\0", 6));
  CHECK(overlay.read(2 * kGranule, 3) == std::string(3, '\0'));
  REQUIRE(overlay.disk->resize(10).ok());
  REQUIRE(overlay.disk->resize(kSize).ok());
  CHECK(overlay.read(8, 4) == std::string("bb\0\0", 4));
}

}  // namespace
}  // namespace vireo
