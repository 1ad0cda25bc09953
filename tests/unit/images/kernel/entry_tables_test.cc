#include "images/kernel/entry_tables.h"

#include <doctest/doctest.h>

#include <optional>

namespace vireo {
namespace {

// A page walk as in SDM 3A section 4.5.4, for present, writable entries.
std::optional<uint64_t> walk(const GuestMemory& memory, uint64_t cr3, uint64_t address) {
  constexpr uint64_t kFrame = 0x000f'ffff'ffff'f000;
  uint64_t table = cr3;
  for (unsigned shift = 39; shift >= 12; shift -= 9) {
    const uint64_t index = address >> shift & 511;
    const auto entry = memory.read<uint64_t>(GuestAddr{(table & kFrame) + 8 * index});
    if (!entry || (*entry & 3) != 3) return std::nullopt;
    if (shift < 39 && shift > 12 && (*entry & 0x80) != 0) {
      const uint64_t offset = (uint64_t{1} << shift) - 1;
      return (*entry & kFrame & ~offset) | (address & offset);
    }
    table = *entry;
  }
  return (table & kFrame) | (address & 0xfff);
}

TEST_CASE("the identity tables map the first 4 GiB one to one and nothing else") {
  GuestMemory memory = GuestMemory::on_heap(1 << 20);
  REQUIRE(write_identity_tables(memory, GuestAddr{0x3000}));
  for (uint64_t address : {uint64_t{0}, uint64_t{0x1234}, uint64_t{0x100'0000},
                           uint64_t{0x7fff'ffff}, uint64_t{0xb000'0123}, uint64_t{0xffff'ffff}}) {
    CHECK(walk(memory, 0x3000, address) == address);
  }
  CHECK_FALSE(walk(memory, 0x3000, 0x1'0000'0000).has_value());
  CHECK_FALSE(walk(memory, 0x3000, 0xffff'8000'0000'0000).has_value());
}

TEST_CASE("the tables stay within their size") {
  GuestMemory memory = GuestMemory::on_heap(1 << 20);
  memory.fill(GuestAddr{0}, 1 << 20, std::byte{0xaa});
  REQUIRE(write_identity_tables(memory, GuestAddr{0x3000}));
  CHECK(memory.read<uint8_t>(GuestAddr{0x2fff}) == 0xaa);
  CHECK(memory.read<uint8_t>(GuestAddr{0x3000 + kIdentityTablesBytes}) == 0xaa);
}

TEST_CASE("tables outside RAM are reported") {
  GuestMemory memory = GuestMemory::on_heap(0x4000);
  CHECK_FALSE(write_identity_tables(memory, GuestAddr{0x3000}));
  CHECK_FALSE(write_boot_gdt(memory, GuestAddr{0x3ff0}, EntryMode::kLong));
}

TEST_CASE("the GDT holds a flat code segment of the mode and a flat data segment") {
  constexpr uint64_t kLong = uint64_t{1} << 53;
  constexpr uint64_t kDefault32 = uint64_t{1} << 54;
  for (const EntryMode mode : {EntryMode::kLong, EntryMode::kProtected}) {
    GuestMemory memory = GuestMemory::on_heap(0x4000);
    REQUIRE(write_boot_gdt(memory, GuestAddr{0x1000}, mode));
    const auto code = memory.read<uint64_t>(GuestAddr{0x1000 + kBootCodeSelector}).value();
    const auto data = memory.read<uint64_t>(GuestAddr{0x1000 + kBootDataSelector}).value();
    CHECK((code & (kLong | kDefault32)) == (mode == EntryMode::kLong ? kLong : kDefault32));
    CHECK((code >> 40 & 0xff) == 0x9b);
    CHECK((data >> 40 & 0xff) == 0x93);
    CHECK(memory.read<uint64_t>(GuestAddr{0x1000}) == 0);
  }
}

}  // namespace
}  // namespace vireo
