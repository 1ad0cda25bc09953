#include "pci/bridge.h"

#include <algorithm>

#include "pci/config_registers.h"

namespace vireo {

using namespace pci_reg;

namespace {

constexpr PciIdentity kConventionalIdentity{
    .vendor_id = 0x1b36, .device_id = 0x0001, .class_code = 0x060400};

constexpr uint8_t kIoBits = 0xf0;         // address bits 15:12
constexpr uint16_t kMemoryBits = 0xfff0;  // address bits 31:20
constexpr uint16_t kPrefetch64 = 0x0001;  // type field: 64-bit addresses

constexpr PciRange kVgaMemory{0xa0000, 0xbffff};
constexpr PciRange kVgaPorts[] = {{0x3b0, 0x3bb}, {0x3c0, 0x3df}};

PciRange io_window(const ConfigSpace& config) {
  return {uint64_t{config.get<uint8_t>(kIoBase)} >> 4 << 12,
          uint64_t{config.get<uint8_t>(kIoLimit)} >> 4 << 12 | 0xfff};
}

PciRange memory_window(const ConfigSpace& config) {
  return {uint64_t{config.get<uint16_t>(kMemoryBase)} >> 4 << 20,
          uint64_t{config.get<uint16_t>(kMemoryLimit)} >> 4 << 20 | 0xfffff};
}

PciRange prefetchable_window(const ConfigSpace& config) {
  const uint64_t base = config.get<uint16_t>(kPrefetchableBase) >> 4;
  const uint64_t limit = config.get<uint16_t>(kPrefetchableLimit) >> 4;
  return {uint64_t{config.get<uint32_t>(kPrefetchableBaseHigh)} << 32 | base << 20,
          uint64_t{config.get<uint32_t>(kPrefetchableLimitHigh)} << 32 | limit << 20 | 0xfffff};
}

}  // namespace

PciBridge::PciBridge(std::string name, const PciIdentity& identity, bool express_link,
                     unsigned config_size)
    : PciFunction(std::move(name), identity, config_size, HeaderType::kBridge),
      secondary_(*this, express_link) {
  define_registers();
}

void PciBridge::define_registers() {
  ConfigSpace& registers = config();
  for (const unsigned offset : {kPrimaryBus, kSecondaryBus, kSubordinateBus}) {
    registers.define<uint8_t>(offset, 0, 0xff);
  }
  const bool conventional = !secondary_.express_link();
  registers.define<uint8_t>(kSecondaryLatency, 0, conventional ? 0xf8 : 0);
  registers.define<uint8_t>(kIoBase, 0, kIoBits);
  registers.define<uint8_t>(kIoLimit, 0, kIoBits);
  registers.define<uint16_t>(kSecondaryStatus, 0, 0, kStatusErrors);
  for (const unsigned offset : {kMemoryBase, kMemoryLimit}) {
    registers.define<uint16_t>(offset, 0, kMemoryBits);
  }
  for (const unsigned offset : {kPrefetchableBase, kPrefetchableLimit}) {
    registers.define<uint16_t>(offset, kPrefetch64, kMemoryBits);
  }
  registers.define<uint32_t>(kPrefetchableBaseHigh, 0, 0xffffffff);
  registers.define<uint32_t>(kPrefetchableLimitHigh, 0, 0xffffffff);
  registers.define<uint16_t>(kBridgeControl, 0, kBridgeControlBits);
}

uint8_t PciBridge::secondary_number() const { return config().get<uint8_t>(kSecondaryBus); }

void PciBridge::add_reservation(const BridgeReservation& reservation) {
  constexpr uint8_t kLength = 32, kReserve = 1;
  ConfigSpace& registers = config();
  const unsigned at = registers.add_capability(kCapabilityVendor, kLength);
  registers.define<uint8_t>(at + 2, kLength);
  registers.define<uint8_t>(at + 3, kReserve);
  registers.define<uint32_t>(at + 4, reservation.buses);
  registers.define<uint64_t>(at + 8, reservation.io);
  registers.define<uint32_t>(at + 16, reservation.memory);
  registers.define<uint32_t>(at + 20, reservation.prefetchable32);
  registers.define<uint64_t>(at + 24, reservation.prefetchable64);
}

bool PciBridge::forwards_config(uint8_t bus) const {
  return forwarding() && bus >= secondary_number() && bus <= config().get<uint8_t>(kSubordinateBus);
}

bool PciBridge::forwarding() const {
  return (config().get<uint16_t>(kBridgeControl) & kBridgeReset) == 0 && link_up();
}

std::vector<PciRange> PciBridge::windows(PciSpace space) const {
  const bool vga = (config().get<uint16_t>(kBridgeControl) & kBridgeVga) != 0;
  if (space == PciSpace::kIo) {
    if ((command() & kCommandIo) == 0) return {};
    std::vector<PciRange> all{io_window(config())};
    if (vga) all.insert(all.end(), std::begin(kVgaPorts), std::end(kVgaPorts));
    return all;
  }
  if ((command() & kCommandMemory) == 0) return {};
  std::vector<PciRange> all{memory_window(config()), prefetchable_window(config())};
  if (vga) all.push_back(kVgaMemory);
  return all;
}

// A window whose base is above its limit is closed: nothing lies within it.
std::vector<PciRange> PciBridge::forwarded(PciSpace space, PciRange range) const {
  std::vector<PciRange> pieces;
  if (!forwarding()) return pieces;
  for (const PciRange& window : windows(space)) {
    const PciRange piece{std::max(range.first, window.first), std::min(range.last, window.last)};
    if (piece.first <= piece.last) pieces.push_back(piece);
  }
  return pieces;
}

bool PciBridge::intx_level(unsigned pin) const {
  return PciFunction::intx_level(pin) || (forwarding() && secondary_.intx_at_bridge(pin));
}

void PciBridge::pin_changed(unsigned pin) {
  if (PciUpstream* up = upstream()) up->intx_changed(devfn() >> 3, pin);
}

void PciBridge::reset_outputs() {
  PciFunction::reset_outputs();
  apply();
}

void PciBridge::visit(Archive& archive) {
  PciFunction::visit(archive);
  if (archive.saving()) return;
  was_forwarding_ = forwarding();
  secondary_.forwarding_changed();
}

void PciBridge::upstream_changed() {
  PciFunction::upstream_changed();
  secondary_.forwarding_changed();
}

void PciBridge::after_config_write(unsigned /*offset*/, unsigned /*size*/) { apply(); }

void PciBridge::link_changed() { apply(); }

void PciBridge::apply() {
  const bool now = forwarding();
  if (was_forwarding_ && !now) secondary_.reset_functions();
  was_forwarding_ = now;
  secondary_.forwarding_changed();
}

ConventionalBridge::ConventionalBridge(std::string name)
    : PciBridge(std::move(name), kConventionalIdentity, false) {}

}  // namespace vireo
