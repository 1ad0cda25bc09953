#include "firmware/smbios.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/firmware/table_check.h"

namespace vireo {
namespace {

using namespace testing;

struct Structure {
  uint8_t type = 0;
  std::vector<uint8_t> formatted;
  std::vector<std::string> strings;
};

std::vector<Structure> parse(const std::vector<uint8_t>& table) {
  std::vector<Structure> out;
  size_t at = 0;
  while (at + 4 <= table.size()) {
    Structure s;
    s.type = table[at];
    const size_t end = at + table[at + 1];
    s.formatted.assign(table.begin() + static_cast<std::ptrdiff_t>(at),
                       table.begin() + static_cast<std::ptrdiff_t>(end));
    at = end;
    while (table[at] != 0) {
      s.strings.emplace_back(reinterpret_cast<const char*>(&table[at]));
      at += s.strings.back().size() + 1;
    }
    at += s.strings.empty() ? 2 : 1;
    out.push_back(s);
  }
  return out;
}

PlatformDescription platform_with(uint64_t low, uint64_t high) {
  PlatformDescription platform;
  platform.low_ram_bytes = low;
  platform.high_ram_bytes = high;
  return platform;
}

TEST_CASE("the structures come in order and end with type 127") {
  const auto structures = parse(make_smbios_table(platform_with(1 << 30, 0)));
  std::vector<int> types;
  for (const Structure& s : structures) types.push_back(s.type);
  CHECK(types == std::vector<int>{0, 1, 3, 4, 16, 17, 19, 32, 127});
}

TEST_CASE("formatted areas have the lengths of SMBIOS 3.1") {
  const auto structures = parse(make_smbios_table(platform_with(1 << 30, 0)));
  const size_t lengths[] = {0x1A, 0x1B, 0x16, 0x30, 0x17, 0x28, 0x1F, 0x0B, 4};
  REQUIRE(structures.size() == std::size(lengths));
  for (size_t i = 0; i < structures.size(); ++i) {
    CHECK(structures[i].formatted.size() == lengths[i]);
  }
}

TEST_CASE("system and firmware name the machine") {
  const auto structures = parse(make_smbios_table(platform_with(1 << 30, 0)));
  CHECK(structures[0].strings == std::vector<std::string>{"vireo", "0.1.0", "01/01/2026"});
  CHECK(structures[1].strings == std::vector<std::string>{"vireo", "vireo q35", "0.1.0"});
}

TEST_CASE("each socket is a processor that counts its cores and threads") {
  PlatformDescription platform = platform_with(1 << 30, 0);
  platform.cpu_sockets = 2;
  platform.socket_cores = 3;
  platform.core_threads = 2;
  const auto structures = parse(make_smbios_table(platform));
  for (const size_t socket : {0u, 1u}) {
    const Structure& s = structures[3 + socket];
    CHECK(s.type == 4);
    CHECK(field<uint16_t>(s.formatted, 2) == 0x400 + socket);
    CHECK(s.strings[0] == "CPU " + std::to_string(socket));
    CHECK(s.formatted[0x23] == 3);
    CHECK(s.formatted[0x24] == 3);
    CHECK(s.formatted[0x25] == 6);
    CHECK(field<uint16_t>(s.formatted, 0x26) == 0x1c);
    CHECK(field<uint16_t>(s.formatted, 0x2A) == 3);
    CHECK(field<uint16_t>(s.formatted, 0x2E) == 6);
  }
  CHECK(structures[5].type == 16);
}

TEST_CASE("memory above 4 GiB is mapped by a range of its own") {
  const auto structures = parse(make_smbios_table(platform_with(0xB000'0000, uint64_t{2} << 40)));
  REQUIRE(structures.size() == 10);
  const auto& array = structures[4].formatted;
  CHECK(field<uint32_t>(array, 7) == 0x8000'0000);
  CHECK(field<uint64_t>(array, 15) == 0xB000'0000 + (uint64_t{2} << 40));
  CHECK(field<uint16_t>(structures[5].formatted, 0x0C) == 0x7FFF);
  CHECK(field<uint32_t>(structures[5].formatted, 0x1C) == 2816 + (2 << 20));
  CHECK(field<uint32_t>(structures[6].formatted, 8) == (0xB000'0000 >> 10) - 1);
  CHECK(field<uint32_t>(structures[7].formatted, 4) == 4 << 20);
}

TEST_CASE("the entry point points to the table and sums to zero") {
  const auto entry = make_smbios_entry(GuestAddr{0xF0060}, 500);
  REQUIRE(entry.size() == 24);
  CHECK(text_at(entry, 0, 5) == "_SM3_");
  CHECK(byte_sum(entry) == 0);
  CHECK(entry[6] == 24);
  CHECK(field<uint32_t>(entry, 12) == 500);
  CHECK(field<uint64_t>(entry, 16) == 0xF0060);
}

}  // namespace
}  // namespace vireo
