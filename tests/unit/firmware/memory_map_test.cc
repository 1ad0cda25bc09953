#include "firmware/memory_map.h"

#include <doctest/doctest.h>

namespace vireo {
namespace {

PlatformDescription platform_with(uint64_t low, uint64_t high) {
  PlatformDescription platform;
  platform.low_ram_bytes = low;
  platform.high_ram_bytes = high;
  return platform;
}

TEST_CASE("a machine of 256 MiB") {
  const MemoryMap expected{
      {GuestAddr{0}, 0x9'FC00, MemoryKind::kRam},
      {GuestAddr{0x9'FC00}, 0x400, MemoryKind::kReserved},
      {GuestAddr{0xF'0000}, 0x1'0000, MemoryKind::kReserved},
      {GuestAddr{0x10'0000}, 0xFEF'0000, MemoryKind::kRam},
      {GuestAddr{0xFFF'0000}, 0xF000, MemoryKind::kAcpiData},
      {GuestAddr{0xFFF'F000}, 0x1000, MemoryKind::kAcpiNvs},
      {GuestAddr{0xB000'0000}, 0x1000'0000, MemoryKind::kReserved},
      {GuestAddr{0xFED1'C000}, 0x4000, MemoryKind::kReserved},
  };
  CHECK(make_memory_map(platform_with(256 << 20, 0)) == expected);
}

TEST_CASE("RAM above the PCI hole continues at 4 GiB") {
  const MemoryMap map = make_memory_map(platform_with(0xB000'0000, uint64_t{3} << 30));
  CHECK(map[3].end() == GuestAddr{0xAFFF'0000});
  CHECK(map.back() == MemoryRange{GuestAddr{0x1'0000'0000}, uint64_t{3} << 30, MemoryKind::kRam});
}

TEST_CASE("maps of all sizes are sorted and disjoint") {
  for (uint64_t mib : {2u, 3u, 16u, 640u, 2815u, 2816u}) {
    const MemoryMap map = make_memory_map(platform_with(mib << 20, mib << 20));
    for (size_t i = 1; i < map.size(); ++i) CHECK(map[i - 1].end() <= map[i].base);
  }
}

}  // namespace
}  // namespace vireo
