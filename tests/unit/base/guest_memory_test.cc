#include "machine/base/guest_memory.h"

#include <doctest/doctest.h>

#include <array>

namespace vireo {
namespace {

using Ranges = std::vector<std::pair<uint64_t, uint64_t>>;

struct RecordingKeeper : CodeKeeper {
  Ranges writes;
  unsigned found = 0, switches = 0;
  uint64_t code = 0;
  void code_written(GuestAddr addr, uint64_t length) override {
    writes.emplace_back(addr.value, length);
  }
  void code_found(const std::byte*) override { ++found; }
  void memory_switched() override { ++switches; }
  bool keeps_code(GuestAddr addr, uint64_t length) const override {
    return code - addr.value < length;
  }
};

TEST_CASE("guest memory reads back what was written") {
  GuestMemory memory = GuestMemory::on_heap(0x10000);
  CHECK(memory.write(GuestAddr{0x1234}, uint32_t{0xdeadbeef}));
  CHECK(memory.read<uint32_t>(GuestAddr{0x1234}) == 0xdeadbeef);
  CHECK(memory.read<uint8_t>(GuestAddr{0x1234}) == 0xef);
}

TEST_CASE("an access that leaves RAM has no effect") {
  GuestMemory memory = GuestMemory::on_heap(0x1000);
  CHECK_FALSE(memory.write(GuestAddr{0xffe}, uint32_t{1}));
  CHECK(memory.read<uint16_t>(GuestAddr{0xffe}) == 0);
  CHECK_FALSE(memory.read<uint32_t>(GuestAddr{0xffe}).has_value());
  CHECK_FALSE(memory.contains(GuestAddr{UINT64_MAX}, 2));
}

TEST_CASE("a range may run through adjoining regions but not over a hole") {
  std::array<std::byte, 0x3000> host{};
  GuestMemory memory({{GuestAddr{0x1000}, 0x1000, host.data() + 0x1000},
                      {GuestAddr{0x0}, 0x1000, host.data()},
                      {GuestAddr{0x8000}, 0x1000, host.data() + 0x2000}});
  CHECK(memory.write(GuestAddr{0xffc}, uint64_t{0x1122334455667788}));
  CHECK(memory.read<uint64_t>(GuestAddr{0xffc}) == 0x1122334455667788);
  CHECK_FALSE(memory.contains(GuestAddr{0x1ffc}, 8));
}

TEST_CASE("writes to pages that hold code are told, page by page") {
  GuestMemory memory = GuestMemory::on_heap(0x4000);
  RecordingKeeper keeper;
  memory.add_code_keeper(keeper);
  memory.add_code(GuestAddr{0x2000});
  memory.fill(GuestAddr{0x1ff0}, 0x20, std::byte{1});
  CHECK(keeper.writes == Ranges{{0x2000, 0x10}});
}

TEST_CASE("a page holds code until the last keeper has none there") {
  GuestMemory memory = GuestMemory::on_heap(0x4000);
  RecordingKeeper one, other;
  memory.add_code_keeper(one);
  memory.add_code_keeper(other);
  memory.add_code(GuestAddr{0x1000});
  memory.add_code(GuestAddr{0x1000});
  CHECK(one.found == 1);
  CHECK(other.found == 1);
  memory.remove_code(GuestAddr{0x1000});
  memory.write(GuestAddr{0x1004}, uint32_t{1});
  CHECK(one.writes == Ranges{{0x1004, 4}});
  CHECK(other.writes == one.writes);
  memory.remove_code(GuestAddr{0x1000});
  memory.write(GuestAddr{0x1008}, uint32_t{1});
  CHECK(one.writes.size() == 1);
}

TEST_CASE("code of any keeper in a range is found") {
  GuestMemory memory = GuestMemory::on_heap(0x4000);
  RecordingKeeper one, other;
  memory.add_code_keeper(one);
  memory.add_code_keeper(other);
  other.code = 0x1010;
  CHECK(memory.code_in(GuestAddr{0x1008}, 16));
  CHECK_FALSE(memory.code_in(GuestAddr{0x1000}, 16));
}

TEST_CASE("ROM can be read and not written") {
  std::array<std::byte, 0x2000> host{};
  GuestMemory memory({{GuestAddr{0}, 0x1000, host.data()},
                      {GuestAddr{0x1000}, 0x1000, host.data() + 0x1000, false}});
  CHECK(memory.contains(GuestAddr{0xffe}, 4));
  CHECK_FALSE(memory.write(GuestAddr{0xffe}, uint32_t{1}));
  CHECK_FALSE(memory.fill(GuestAddr{0x1000}, 1, std::byte{1}));
  CHECK(memory.read<uint32_t>(GuestAddr{0xffe}) == 0);
  CHECK_FALSE(memory.host_page(GuestAddr{0x1000}).writable);
}

TEST_CASE("other memory can stand in a range, and what stood there come back") {
  std::array<std::byte, 0x1000> rom;
  rom.fill(std::byte{0x55});
  GuestMemory memory = GuestMemory::on_heap(0x4000);
  const std::vector<RamRegion> before = memory.regions();
  memory.write(GuestAddr{0x1ffe}, uint32_t{0x11223344});
  memory.replace(GuestAddr{0x1000}, 0x2000, {{GuestAddr{0x2000}, 0x1000, rom.data(), false}});
  CHECK_FALSE(memory.contains(GuestAddr{0x1000}, 1));
  CHECK(memory.read<uint16_t>(GuestAddr{0x2000}) == 0x5555);
  CHECK(memory.write(GuestAddr{0x3000}, uint8_t{7}));
  memory.replace(GuestAddr{0x1000}, 0x2000,
                 {{GuestAddr{0x1000}, 0x2000, before[0].host + 0x1000}});
  CHECK(memory.regions().size() == 1);
  CHECK(memory.read<uint32_t>(GuestAddr{0x1ffe}) == 0x11223344);
}

TEST_CASE("a keeper loses the code of a range before other memory stands there") {
  GuestMemory memory = GuestMemory::on_heap(0x4000);
  RecordingKeeper keeper;
  memory.add_code_keeper(keeper);
  memory.add_code(GuestAddr{0x1000});
  memory.add_code(GuestAddr{0x3000});
  memory.replace(GuestAddr{0x1000}, 0x2000, {});
  CHECK(keeper.writes == Ranges{{0x1000, 0x1000}});
  CHECK(keeper.switches == 1);
  CHECK(*memory.host_page(GuestAddr{0x3000}).holds_code == 1);
}

TEST_CASE("hidden memory is there for processors only") {
  std::array<std::byte, 0x1000> bytes{};
  GuestMemory memory = GuestMemory::on_heap(0x1000);
  const GuestAddr hidden{GuestMemory::kHidden};
  memory.set_smram({.enabled = true}, {{hidden, bytes.size(), bytes.data()}});
  const std::byte one[] = {std::byte{1}};
  CHECK_FALSE(memory.contains(hidden, 1));
  CHECK_FALSE(memory.write(hidden, uint8_t{1}));
  CHECK(memory.write_as_cpu(hidden, one));
  CHECK(bytes[0] == std::byte{1});
  CHECK_FALSE(memory.write_as_cpu(hidden + 0x1000, one));
}

}  // namespace
}  // namespace vireo
