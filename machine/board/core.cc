#include "machine/board/core.h"

#include <utility>

namespace vireo {
namespace {

std::vector<RamRegion> regions(const HostRam& ram, const address_map::RamLayout& layout) {
  using namespace address_map;
  std::vector<RamRegion> out{
      ram.region(GuestAddr{0}, 0, kVgaHole),
      ram.region(GuestAddr{kVgaHoleEnd}, kVgaHoleEnd, layout.low_bytes - kVgaHoleEnd),
  };
  if (layout.high_bytes != 0) {
    out.push_back(ram.region(GuestAddr{kHighRam}, layout.low_bytes, layout.high_bytes));
  }
  return out;
}

}  // namespace

MachineCore::MachineCore(HostRam host_ram, const address_map::RamLayout& ram_layout,
                         unsigned clock_shift)
    : layout(ram_layout),
      ram(std::move(host_ram)),
      memory(regions(ram, layout)),
      clock(clock_shift) {}

}  // namespace vireo
