// How RAM of any size lies around the hole below 4 GiB.
#include "machine/board/address_map.h"

#include <doctest/doctest.h>

#include "machine/board/machine_config.h"

using namespace vireo;
using address_map::RamLayout;

TEST_CASE("RAM up to the configuration window is in one piece") {
  const RamLayout layout = RamLayout::of(0xb0000000);
  CHECK(layout.low_bytes == 0xb0000000);
  CHECK(layout.high_bytes == 0);
}

TEST_CASE("the rest follows at 4 GiB") {
  const RamLayout layout = RamLayout::of(0xb0000000 + kMiB);
  CHECK(layout.low_bytes == 0xb0000000);
  CHECK(layout.high_bytes == kMiB);
}

TEST_CASE("the 64-bit PCI window is above all RAM and within the physical addresses") {
  for (const uint64_t bytes : {kMinMemory, 4 * kGiB, 500 * kGiB, kMaxMemory}) {
    const RamLayout layout = RamLayout::of(bytes);
    const uint64_t base = layout.pci64_base();
    CHECK(base >= address_map::kHighRam + layout.high_bytes);
    CHECK(base % address_map::kPci64Size == 0);
    CHECK(base + address_map::kPci64Size <= uint64_t{1} << address_map::kPhysicalBits);
  }
}
