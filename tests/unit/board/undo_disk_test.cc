// A disk that goes back to a mark.
#include "machine/board/outside/undo_disk.h"

#include <doctest/doctest.h>

#include "images/disk/disk.h"
#include "tests/unit/images/disk/memory_file.h"

using namespace vireo;

namespace {

struct UndoBench {
  std::shared_ptr<MemoryFile::State> state = memory_state(std::string(8192, 'a'));
  UndoDisk disk{*make_raw_disk(std::make_unique<MemoryFile>(state), {})};

  void write(uint64_t offset, size_t length, char c) {
    const std::vector<std::byte> bytes(length, static_cast<std::byte>(c));
    CHECK(disk.write(offset, bytes).ok());
  }
};

}  // namespace

TEST_CASE("changes are taken back up to a mark, in reverse") {
  UndoBench bench;
  bench.disk.remember();
  bench.write(0, 1024, 'b');
  const auto then = bench.state->bytes;
  const uint64_t mark = bench.disk.mark();
  bench.write(512, 1024, 'c');
  bench.write(512, 512, 'd');
  CHECK(bench.disk.discard(2048, 512).ok());
  CHECK(bench.disk.write_zeroes(4096, 1024, true).ok());
  CHECK(bench.disk.resize(4096).ok());
  CHECK(bench.state->bytes != then);
  CHECK(bench.disk.take_back(mark).ok());
  CHECK(bench.state->bytes == then);
  CHECK(bench.disk.take_back(0).ok());
  CHECK(bench.state->bytes == std::vector<std::byte>(8192, std::byte{'a'}));
  CHECK(bench.disk.kept_bytes() == 0);
}

TEST_CASE("what nobody goes back to is not kept") {
  UndoBench bench;
  bench.write(0, 512, 'b');
  CHECK(bench.disk.kept_bytes() == 0);
  bench.disk.remember();
  bench.write(0, 512, 'c');
  const uint64_t mark = bench.disk.mark();
  bench.write(0, 512, 'd');
  bench.disk.forget_before(mark);
  CHECK(bench.disk.kept_bytes() == 512);
  CHECK(bench.disk.mark() == mark + 1);
  CHECK(bench.disk.take_back(mark).ok());
  CHECK(bench.state->bytes[0] == std::byte{'c'});
}
