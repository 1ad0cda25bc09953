// The container of traces: what is whole is read, what is damaged is refused by name.
#include "machine/base/block_file.h"

#include <doctest/doctest.h>

#include "tests/unit/base/bytes_file.h"

namespace vireo {
namespace {

const std::vector<uint8_t> kFirst(1000, 7), kSecond = {1, 2, 3};

std::vector<std::byte> whole_file() {
  auto file = block_file_header("a test");
  for (const auto& part : {pack_block(kFirst, {0, 10}), pack_block(kSecond, {10, 2}),
                           block_file_end(2, 12)}) {
    file.insert(file.end(), part.begin(), part.end());
  }
  return file;
}

std::string error_of(std::vector<std::byte> bytes) {
  BytesFile file(std::move(bytes), "t.trace");
  const auto reader = BlockFileReader::open(file);
  if (!reader) return reader.error().message;
  for (size_t i = 0; i < (*reader)->blocks(); ++i) {
    const auto block = (*reader)->read(i);
    if (!block) return block.error().message;
  }
  return (*reader)->cut_short();
}

TEST_CASE("blocks come back with their counts") {
  BytesFile file(whole_file(), "t.trace");
  const auto reader = BlockFileReader::open(file);
  REQUIRE(reader);
  CHECK((*reader)->producer() == "a test");
  REQUIRE((*reader)->blocks() == 2);
  CHECK((*reader)->counts(1).first == 10);
  CHECK((*reader)->counts(1).items == 2);
  CHECK(*(*reader)->read(0) == kFirst);
  CHECK(*(*reader)->read(1) == kSecond);
  CHECK((*reader)->cut_short().empty());
}

TEST_CASE("another program's file and another version are refused by name") {
  CHECK(error_of({}).find("t.trace: too short") == 0);
  auto foreign = whole_file();
  foreign[0] = std::byte{'X'};
  CHECK(error_of(foreign).find("not an instruction trace") != std::string::npos);
  auto newer = whole_file();
  newer[8] = std::byte{kBlockFileVersion + 1};
  CHECK(error_of(newer).find("version 3, and this vireo reads version 2") != std::string::npos);
  auto older = whole_file();
  older[8] = std::byte{1};
  CHECK(error_of(older).find("version 1, and this vireo reads version 2") != std::string::npos);
}

TEST_CASE("a truncated file is told wherever it ends") {
  const auto whole = whole_file();
  for (size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(error_of({whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)}).empty());
  }
}

TEST_CASE("no damaged byte goes unnoticed") {
  const auto whole = whole_file();
  for (size_t at = 0; at < whole.size(); ++at) {
    auto damaged = whole;
    damaged[at] ^= std::byte{0x40};
    CAPTURE(at);
    CHECK_FALSE(error_of(damaged).empty());
  }
}

}  // namespace
}  // namespace vireo
