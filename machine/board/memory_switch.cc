#include "machine/board/memory_switch.h"

#include <algorithm>
#include <cstring>

namespace vireo {
namespace {

constexpr uint64_t kAreas = 0xc0000, kAreasEnd = 0x100000;
constexpr uint64_t kMostLowRom = 0x20000;
constexpr uint64_t kEndOf32Bits = uint64_t{1} << 32;

// The same bytes of RAM, seen by a video card's addresses or by those that H_SMRAME gives.
constexpr uint64_t kSmram = address_map::kVgaHole;
constexpr uint64_t kSmramBytes = address_map::kVgaHoleEnd - kSmram;
constexpr uint64_t kHighSmram = 0xfeda0000;

constexpr GuestAddr hidden_address(uint64_t address) {
  return GuestAddr{GuestMemory::kHidden + address};
}

}  // namespace

MemorySwitch::MemorySwitch(MachineCore& core, const Q35HostBridge& bridge)
    : core_(core), bridge_(bridge) {
  mapping_ = core.mmio.map(kAreas, kAreasEnd - kAreas, *this, "PAM areas", IoPriority::kFallback);
  core.memory.set_smram({}, {hidden(kSmram, kSmramBytes)});
}

void MemorySwitch::set_rom(std::span<std::byte> rom) {
  const GuestAddr base{kEndOf32Bits - rom.size()};
  core_.memory.replace(base, rom.size(), {{base, rom.size(), rom.data(), false}});
  set_low_rom(rom);
}

void MemorySwitch::set_low_rom(std::span<std::byte> rom) {
  rom_ = rom;
  areas_stale_ = true;
  update_areas();
}

void MemorySwitch::update() {
  update_areas();
  update_smram();
}

std::array<MemorySwitch::Mode, kPamAreas> MemorySwitch::modes() const {
  std::array<Mode, kPamAreas> all;
  for (unsigned i = 0; i < kPamAreas; ++i) {
    const PamArea area = bridge_.pam_area(i);
    all[i] = {area.read_ram, area.write_ram};
  }
  return all;
}

void MemorySwitch::update_areas() {
  const auto now = modes();
  if (now == modes_ && !areas_stale_) return;
  modes_ = now;
  areas_stale_ = false;
  std::vector<RamRegion> pieces;
  for (unsigned i = 0; i < kPamAreas; ++i) append(pieces, bridge_.pam_area(i));
  core_.memory.replace(GuestAddr{kAreas}, kAreasEnd - kAreas, std::move(pieces));
}

void MemorySwitch::append(std::vector<RamRegion>& pieces, const PamArea& area) const {
  if (area.read_ram) {
    pieces.push_back(ram(area.base, area.size));
    pieces.back().writable = area.write_ram;
  } else if (kAreasEnd - area.base <= std::min<uint64_t>(rom_.size(), kMostLowRom)) {
    std::byte* host = rom_.data() + rom_.size() - (kAreasEnd - area.base);
    pieces.push_back({GuestAddr{area.base}, area.size, host, false});
  }
}

// TSEG has the end of the RAM below 4 GiB, which nobody finds there any more.
void MemorySwitch::update_smram() {
  const SmramState now = bridge_.smram();
  if (now == smram_) return;
  smram_ = now;
  const uint64_t end = core_.layout.low_bytes;
  const bool tseg = now.enabled && now.tseg && now.tseg_size < end - kAreasEnd;
  const uint64_t bytes = tseg ? now.tseg_size : 0;
  const uint64_t most = std::max(bytes, tseg_bytes_);
  const uint64_t plain = most - bytes;
  std::vector<RamRegion> pieces;
  if (plain != 0) pieces.push_back(ram(end - most, plain));
  if (most != 0) core_.memory.replace(GuestAddr{end - most}, most, std::move(pieces));
  tseg_bytes_ = bytes;

  SmramMap map{.enabled = now.enabled, .open = now.open, .closed = now.closed};
  map.windows[0] = {now.high ? kHighSmram : kSmram, kSmramBytes, hidden_address(kSmram)};
  map.windows[1] = {end - bytes, bytes, hidden_address(end - bytes)};
  std::vector<RamRegion> regions{hidden(kSmram, kSmramBytes)};
  if (bytes != 0) regions.push_back(hidden(end - bytes, bytes));
  core_.memory.set_smram(map, std::move(regions));
}

RamRegion MemorySwitch::ram(uint64_t base, uint64_t size) const {
  return core_.ram.region(GuestAddr{base}, base, size);
}

RamRegion MemorySwitch::hidden(uint64_t base, uint64_t size) const {
  return core_.ram.region(hidden_address(base), base, size);
}

uint64_t MemorySwitch::read(uint64_t, unsigned) { return ~uint64_t{0}; }

void MemorySwitch::write(uint64_t offset, unsigned size, uint64_t value) {
  for (unsigned i = 0; i < size; ++i) {
    const uint64_t at = offset + i;
    const bool last = at >= 0xf0000 - kAreas;
    if (!modes_[last ? kPamAreas - 1 : at / 0x4000].write_ram) continue;
    core_.ram.data()[kAreas + at] = static_cast<std::byte>(value >> (8 * i));
  }
}

}  // namespace vireo
