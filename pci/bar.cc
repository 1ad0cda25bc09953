#include "pci/bar.h"

#include <bit>
#include <cassert>
#include <utility>

#include "pci/config_registers.h"

namespace vireo {

namespace {

constexpr uint32_t kBarIo = 1;
constexpr uint32_t kBarMemory64 = 2u << 1;
constexpr uint32_t kBarPrefetchable = 1u << 3;

uint32_t type_bits(const BarDescription& description) {
  if (description.is_io()) return kBarIo;
  return (description.is_64bit() ? kBarMemory64 : 0) |
         (description.prefetchable ? kBarPrefetchable : 0);
}

uint64_t last_address(BarType type) {
  switch (type) {
    case BarType::kIo:
      return 0xffff;
    case BarType::kMemory32:
      return 0xffffffff;
    case BarType::kMemory64:
      break;
  }
  return ~uint64_t{0};
}

}  // namespace

Bar::Bar(unsigned index, const BarDescription& description, IoHandler& handler, std::string name)
    : index_(index),
      description_(description),
      handler_(handler),
      window_(std::move(name), description.is_io() ? PciSpace::kIo : PciSpace::kMemory, handler,
              IoPriority::kBar) {
  assert(index + (description.is_64bit() ? 1 : 0) < kPciBars);
  assert(std::has_single_bit(description.size));
  assert(description.is_io() ? description.size >= 4 && description.size <= 256
                             : description.size >= 16);
  assert(description.is_64bit() || description.size <= 0x80000000u);
}

unsigned Bar::register_offset() const { return pci_reg::kBar0 + 4 * index_; }

void Bar::define_registers(ConfigSpace& config) const {
  const uint64_t writable = ~(description_.size - 1);
  config.define<uint32_t>(register_offset(), type_bits(description_),
                          static_cast<uint32_t>(writable));
  if (!description_.is_64bit()) return;
  config.define<uint32_t>(register_offset() + 4, 0, static_cast<uint32_t>(writable >> 32));
}

uint64_t Bar::address(const ConfigSpace& config) const {
  const uint64_t value = description_.is_64bit() ? config.get<uint64_t>(register_offset())
                                                 : config.get<uint32_t>(register_offset());
  return value & ~(description_.size - 1);
}

void Bar::set_address(ConfigSpace& config, uint64_t address) const {
  const uint64_t value = (address & ~(description_.size - 1)) | type_bits(description_);
  config.set<uint32_t>(register_offset(), static_cast<uint32_t>(value));
  if (!description_.is_64bit()) return;
  config.set<uint32_t>(register_offset() + 4, static_cast<uint32_t>(value >> 32));
}

std::optional<uint64_t> Bar::decoded_base(const ConfigSpace& config) const {
  const uint16_t command = config.get<uint16_t>(pci_reg::kCommand);
  const uint16_t enable = description_.is_io() ? pci_reg::kCommandIo : pci_reg::kCommandMemory;
  const uint64_t base = address(config);
  if ((command & enable) == 0 || base == 0) return std::nullopt;
  const uint64_t last = base + (description_.size - 1);
  if (last >= last_address(description_.type)) return std::nullopt;
  return base;
}

void Bar::update(const ConfigSpace& config) {
  const std::optional<uint64_t> base = decoded_base(config);
  if (base) {
    window_.want(*base, description_.size);
  } else {
    window_.want_nothing();
  }
}

}  // namespace vireo
