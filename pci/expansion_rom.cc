#include "pci/expansion_rom.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

#include "pci/config_registers.h"

namespace vireo {

namespace {

constexpr uint32_t kEnable = 1;
constexpr uint64_t kLeastSize = 2048;

}  // namespace

ExpansionRom::ExpansionRom(ConfigSpace& config, std::vector<std::byte> image, std::string name)
    : image_(std::move(image)),
      size_(std::bit_ceil(std::max<uint64_t>(image_.size(), kLeastSize))),
      window_(std::move(name), PciSpace::kMemory, *this, IoPriority::kBar) {
  assert(image_.size() <= kMaxBytes);
  const auto address_bits = static_cast<uint32_t>(~(size_ - 1));
  config.define<uint32_t>(pci_reg::kRomBar, 0, address_bits | kEnable);
}

void ExpansionRom::update(const ConfigSpace& config) {
  const auto value = config.get<uint32_t>(pci_reg::kRomBar);
  const auto command = config.get<uint16_t>(pci_reg::kCommand);
  const uint64_t base = value & ~(size_ - 1);
  const bool on = (value & kEnable) != 0 && (command & pci_reg::kCommandMemory) != 0;
  // As for other BARs: a sizing probe claims nothing at the top.
  if (on && base != 0 && base + size_ - 1 < 0xffffffff) {
    window_.want(base, size_);
  } else {
    window_.want_nothing();
  }
}

uint64_t ExpansionRom::read(uint64_t offset, unsigned size) {
  uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) {
    const uint64_t at = offset + i;
    const uint64_t byte = at < image_.size() ? std::to_integer<uint64_t>(image_[at]) : 0xff;
    value |= byte << (8 * i);
  }
  return value;
}

}  // namespace vireo
