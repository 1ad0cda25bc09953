// Images that lie: each is refused with one line, or fails the read that meets it, and its file
// stays as it is.
#include <string>

#include "tests/unit/images/disk/qcow2/qcow2_file.h"

namespace vireo {
namespace {

constexpr uint64_t kCluster = 1024;

// A disk whose first clusters are written.
MemoryState image() {
  Qcow2Layout layout;
  layout.size = 300 * kCluster;
  layout.cluster_bits = 10;
  const MemoryState state = new_image(layout);
  CHECK(write_text(*open_disk_of(state), 0, std::string(4 * kCluster, 'x')));
  return state;
}

void put32(const MemoryState& state, uint64_t at, uint32_t value) {
  store_big<uint32_t>(state->bytes.data() + at, value);
}
uint64_t l1_offset(const MemoryState& state) { return get_big(state, qcow2::kL1OffsetAt); }
uint64_t l2_offset(const MemoryState& state) {
  return get_big(state, l1_offset(state)) & qcow2::kOffsetMask;
}

std::string refusal(const MemoryState& state, bool read_only = false) {
  const auto before = state->bytes;
  const auto disk = try_open(state, read_only);
  CHECK(state->bytes == before);
  return disk ? "no error" : disk.error().message;
}
bool says(const std::string& message, const std::string& part) {
  return message.find(part) != std::string::npos && message.find('\n') == std::string::npos;
}

// Reading fails, and so does writing, without a change.
std::string failure(const MemoryState& state) {
  auto disk = open_disk_of(state);
  const auto before = state->bytes;
  const std::string read = read_text(*disk, 0, 1);
  CHECK_FALSE(write_text(*disk, 0, "y"));
  CHECK(state->bytes == before);
  return read;
}

TEST_CASE("a qcow2 header that lies is refused") {
  struct Lie {
    uint64_t at;
    uint32_t value;
    const char* message;
  };
  const Lie lies[] = {
      {0, 1, "is no qcow2 image"},
      {4, 1, "qcow2 version 1 is not known"},
      {4, 4, "qcow2 version 4 is not known"},
      {8, 1, "the name of its backing file is beyond the first cluster"},
      {20, 8, "clusters of 2^8 bytes cannot be"},
      {20, 22, "clusters of 2^22 bytes cannot be"},
      {24, 0x80000000, "an L1 table of 3 entries does not go with a disk of"},
      {28, 1, "size 1 is no multiple of 512"},
      {32, 1, "is encrypted (AES)"},
      {32, 2, "is encrypted (LUKS)"},
      {36, 1, "an L1 table of 1 entries does not go with"},
      {36, 0xffffffff, "an L1 table of 4294967295 entries does not go with"},
      {36, 4000, "its L1 table at 3072 is beyond its end"},
      {40, 1, "is beyond its end"},
      {44, 3073, "does not begin on a cluster"},
      {44, 0, "does not begin on a cluster"},
      {48, 1, "is beyond its end"},
      {52, 512, "does not begin on a cluster"},
      {56, 0, "a refcount table of 0 bytes cannot be"},
      {56, 0xffffffff, "bytes cannot be"},
      {56, 4000, "its refcount table at 1024 is beyond its end"},
      {60, 1, "its snapshot table at 0 does not begin"},
      {60, 0xffffffff, "4294967295 snapshots cannot be"},
      {72, 0x80000000, "has a feature that is not supported: bit 63"},
      {76, 4, "has a feature that is not supported: external data file"},
      {76, 16, "has a feature that is not supported: extended L2 entries"},
      {76, 8, "no error"},
      {96, 7, "refcounts of 2^7 bits cannot be"},
      {100, 80, "a header of 80 bytes cannot be"},
      {100, 105, "a header of 105 bytes cannot be"},
      {100, 0x1000, "a header of 4096 bytes cannot be"},
      {104, 0x01000000, "compression type without the feature's bit"},
      {104, 0x02000000, "compression type 2 is not known"},
      {116, 0x10000, "a header extension is longer than its room"},
  };
  for (const Lie& lie : lies) {
    CAPTURE(lie.at);
    CAPTURE(lie.value);
    const MemoryState state = image();
    if (lie.at == 116) put32(state, 112, 0x12345678);
    put32(state, lie.at, lie.value);
    const std::string message = refusal(state);
    CAPTURE(message);
    CHECK(says(message, lie.message));
  }
}

TEST_CASE("a qcow2 disk of no size, whose L1 table is nowhere, has nothing to read") {
  const MemoryState state = image();
  put_big(state, qcow2::kSizeAt, 0);
  put32(state, qcow2::kL1EntriesAt, 0);
  put_big(state, qcow2::kL1OffsetAt, uint64_t{1} << 40);
  const auto disk = open_disk_of(state);
  CHECK(disk->size() == 0);
  CHECK(read_text(*disk, 0, 0).empty());
  CHECK_FALSE(write_text(*disk, 0, "x"));
}

TEST_CASE("a qcow2 file cut anywhere is refused, or fails reads, and is not changed") {
  const MemoryState whole = image();
  for (size_t length = 0; length < whole->bytes.size(); length += 97) {
    CAPTURE(length);
    const auto state = std::make_shared<MemoryFile::State>();
    state->bytes.assign(whole->bytes.begin(), whole->bytes.begin() + static_cast<long>(length));
    const auto disk = try_open(state, true);
    if (!disk) continue;
    CHECK(length > l1_offset(state));
    const std::string text = read_text(**disk, 3 * kCluster, 1);
    CHECK((text == "x" || says(text, "cannot be read") || says(text, "is cut short")));
  }
}

TEST_CASE("marks of damage are heeded when the image is to be written") {
  const MemoryState corrupt = image();
  corrupt->bytes[79] = std::byte{2};
  CHECK(says(refusal(corrupt), "is marked as corrupt"));
  CHECK(refusal(corrupt, true) == "no error");
}

TEST_CASE("tables that overlap are refused for writing") {
  const MemoryState two_l2 = image();
  put_big(two_l2, l1_offset(two_l2) + 8, get_big(two_l2, l1_offset(two_l2)));
  CHECK(says(refusal(two_l2), "its L2 table is where other tables are"));
  const MemoryState l2_on_l1 = image();
  put_big(l2_on_l1, l1_offset(l2_on_l1), l1_offset(l2_on_l1) | qcow2::kCopied);
  CHECK(says(refusal(l2_on_l1), "its L2 table is where other tables are"));
  const MemoryState l1_on_blocks = image();
  put_big(l1_on_blocks, qcow2::kL1OffsetAt, get_big(l1_on_blocks, kCluster));
  CHECK(says(refusal(l1_on_blocks), "its L1 table is where other tables are"));
  const MemoryState block_on_header = image();
  put_big(block_on_header, kCluster + 8, kCluster);
  CHECK(says(refusal(block_on_header), "its refcounts are damaged"));
}

TEST_CASE("entries that lead nowhere fail the read and the write that meet them") {
  const struct {
    uint64_t entry;
    const char* message;
  } lies[] = {
      {uint64_t{1} << 50 | qcow2::kCopied, "are beyond the file's end"},
      {0x200 | qcow2::kCopied, "do not begin on a cluster"},
      {kCluster | qcow2::kCopied, "are where tables are"},
      {uint64_t{1} << 60, "its L2 entry is wrong"},
      {qcow2::kCompressed | 0x123456789, "is cut short"},
      {qcow2::kCompressed, "its compressed data at 0 are damaged"},
  };
  for (const auto& lie : lies) {
    CAPTURE(lie.message);
    const MemoryState state = image();
    put_big(state, l2_offset(state), lie.entry);
    const std::string message = failure(state);
    CAPTURE(message);
    CHECK(says(message, lie.message));
  }
}

TEST_CASE("an L1 entry that leads nowhere fails its part of the disk only") {
  const MemoryState state = image();
  put_big(state, l1_offset(state), uint64_t{1} << 50 | qcow2::kCopied);
  auto disk = open_disk_of(state);
  CHECK(says(read_text(*disk, 0, 1), "is cut short"));
  CHECK(read_text(*disk, 200 * kCluster, 1) == std::string(1, '\0'));
  CHECK(write_text(*disk, 200 * kCluster, "fine"));
}

TEST_CASE("a cluster that is counted as free but holds a table is not given away") {
  const MemoryState state = image();
  const uint64_t block = get_big(state, kCluster);
  const uint64_t l1_cluster = l1_offset(state) / kCluster;
  state->bytes[block + l1_cluster * 2 + 1] = std::byte{0};
  auto disk = open_disk_of(state);
  const std::string before(4 * kCluster, 'x');
  CHECK_FALSE(write_text(*disk, 100 * kCluster, "new"));
  CHECK(read_text(*disk, 0, before.size()) == before);
  CHECK(write_text(*disk, 0, "in place"));
}

TEST_CASE("an internal snapshot's table that lies is refused") {
  const MemoryState state = image();
  const uint64_t table = (state->bytes.size() + kCluster - 1) / kCluster * kCluster;
  state->bytes.resize(table + 64);
  put_big(state, table, 7);
  put32(state, qcow2::kSnapshotsAt, 1);
  put_big(state, qcow2::kSnapshotsAt + 4, table);
  CHECK(says(refusal(state), "its internal snapshot 1 is damaged"));
  put_big(state, table, l1_offset(state));
  put32(state, table + 8, 3);
  CHECK(refusal(state, true) == "no error");
  put32(state, table + 36, 0xffffffff);
  CHECK(says(refusal(state), "its internal snapshot 1 is damaged"));
  put32(state, table + 36, 0);
  put32(state, table + 12, 0xffffffff);
  CHECK(refusal(state, true) == "no error");
  put32(state, qcow2::kSnapshotsAt, 2);
  CHECK(says(refusal(state), "its internal snapshot 2 is damaged"));
}

}  // namespace
}  // namespace vireo
