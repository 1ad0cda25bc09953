#include "virtio/transport/legacy_interface.h"

#include "machine/base/register_map.h"
#include "virtio/transport/pci_layout.h"

namespace vireo {

enum class LegacyInterface::Reg : uint8_t {
  kDeviceFeatures,
  kDriverFeatures,
  kQueuePfn,
  kQueueSize,
  kQueueSelect,
  kQueueNotify,
  kStatus,
  kIsr,
  kConfigVector,
  kQueueVector,
};

struct LegacyInterface::Maps {
  static constexpr RegisterMap<Reg, 8> kPlain{{{
      {Reg::kDeviceFeatures, 0x00, 4},
      {Reg::kDriverFeatures, 0x04, 4},
      {Reg::kQueuePfn, 0x08, 4},
      {Reg::kQueueSize, 0x0c, 2},
      {Reg::kQueueSelect, 0x0e, 2},
      {Reg::kQueueNotify, 0x10, 2},
      {Reg::kStatus, 0x12, 1},
      {Reg::kIsr, 0x13, 1},
  }}};
  static constexpr RegisterMap<Reg, 2> kVectors{{{
      {Reg::kConfigVector, 0x14, 2},
      {Reg::kQueueVector, 0x16, 2},
  }}};
  static_assert(kPlain.valid() && kVectors.valid());
};

uint32_t LegacyInterface::header_bytes() const {
  return interrupts_.msix_enabled() ? virtio_pci::kLegacyHeaderMsix : virtio_pci::kLegacyHeader;
}

// An access that runs from the registers into the device configuration is cut in two.
uint64_t LegacyInterface::read(uint64_t offset, unsigned size) {
  core_.watch_access({VirtioRegion::kLegacy, false, offset, size});
  const uint32_t header = header_bytes();
  if (offset >= header) return core_.read_config(offset - header, size);
  if (offset + size <= header) return read_header(offset, size);
  const unsigned low = static_cast<unsigned>(header - offset);
  const uint64_t registers = read_header(offset, low);
  return registers | core_.read_config(0, size - low) << (8 * low);
}

void LegacyInterface::write(uint64_t offset, unsigned size, uint64_t value) {
  core_.watch_access({VirtioRegion::kLegacy, true, offset, size, value});
  const uint32_t header = header_bytes();
  if (offset >= header) return core_.write_config(offset - header, size, value);
  if (offset + size <= header) return write_header(offset, size, value);
  const unsigned low = static_cast<unsigned>(header - offset);
  write_header(offset, low, value & ((uint64_t{1} << (8 * low)) - 1));
  core_.write_config(0, size - low, value >> (8 * low));
}

uint64_t LegacyInterface::read_header(uint64_t offset, unsigned size) {
  const auto getter = [this](Reg reg) { return get(reg); };
  uint64_t value = Maps::kPlain.read(offset, size, getter);
  if (interrupts_.msix_enabled()) value |= Maps::kVectors.read(offset, size, getter);
  return value;
}

void LegacyInterface::write_header(uint64_t offset, unsigned size, uint64_t value) {
  const auto peeker = [this](Reg reg) { return peek(reg); };
  const auto setter = [this](Reg reg, uint64_t v) { set(reg, v); };
  // Asked before the write: a reset among the registers does not move the layout, but
  // both maps must see one answer.
  const bool vectors = interrupts_.msix_enabled();
  Maps::kPlain.write(offset, size, value, peeker, setter);
  if (vectors) Maps::kVectors.write(offset, size, value, peeker, setter);
}

uint64_t LegacyInterface::get(Reg reg) {
  return reg == Reg::kIsr ? interrupts_.read_isr() : peek(reg);
}

uint64_t LegacyInterface::peek(Reg reg) const {
  const VirtioQueueSetup* queue = core_.selected();
  switch (reg) {
    case Reg::kDeviceFeatures:
      return core_.offered_features(VirtioInterface::kLegacy);
    case Reg::kDriverFeatures:
      return core_.driver_features() & UINT32_MAX;
    case Reg::kQueuePfn:
      return queue != nullptr ? queue->legacy_pfn : 0;
    case Reg::kQueueSize:
      return core_.legacy_queue_size(core_.queue_select());
    case Reg::kQueueSelect:
      return core_.queue_select();
    case Reg::kStatus:
      return core_.status();
    case Reg::kConfigVector:
      return interrupts_.config_vector();
    case Reg::kQueueVector:
      return interrupts_.queue_vector(core_.queue_select());
    case Reg::kQueueNotify:
    case Reg::kIsr:
      break;
  }
  return 0;
}

void LegacyInterface::set(Reg reg, uint64_t value) {
  switch (reg) {
    case Reg::kDriverFeatures:
      // A legacy driver knows 32 bits; the others count as not acknowledged.
      core_.write_driver_features(1, 0, VirtioInterface::kLegacy);
      core_.write_driver_features(0, static_cast<uint32_t>(value), VirtioInterface::kLegacy);
      break;
    case Reg::kQueuePfn:
      core_.write_legacy_pfn(static_cast<uint32_t>(value));
      break;
    case Reg::kQueueSelect:
      core_.write_queue_select(static_cast<uint16_t>(value));
      break;
    case Reg::kQueueNotify:
      core_.kick(static_cast<unsigned>(value), VirtioInterface::kLegacy,
                 static_cast<uint32_t>(value));
      break;
    case Reg::kStatus:
      write_status(static_cast<uint8_t>(value));
      break;
    case Reg::kConfigVector:
      interrupts_.set_config_vector(static_cast<uint16_t>(value));
      break;
    case Reg::kQueueVector:
      interrupts_.set_queue_vector(core_.queue_select(), static_cast<uint16_t>(value));
      break;
    case Reg::kDeviceFeatures:
    case Reg::kQueueSize:
    case Reg::kIsr:
      break;
  }
}

// Linux before 2.6.34 never set the bus master bit, and relied on this status write.
void LegacyInterface::write_status(uint8_t value) {
  if (value == (virtio_status::kAcknowledge | virtio_status::kDriver)) enable_bus_master_();
  core_.write_status(value, VirtioInterface::kLegacy);
}

}  // namespace vireo
