#include "virtio/transport/common_config.h"

#include "machine/base/register_map.h"
#include "virtio/transport/pci_layout.h"

namespace vireo {

enum class CommonConfig::Reg : uint8_t {
  kDeviceFeatureSelect,
  kDeviceFeature,
  kDriverFeatureSelect,
  kDriverFeature,
  kConfigVector,
  kNumQueues,
  kStatus,
  kGeneration,
  kQueueSelect,
  kQueueSize,
  kQueueVector,
  kQueueEnable,
  kQueueNotifyOff,
  kDescLow,
  kDescHigh,
  kDriverLow,
  kDriverHigh,
  kDeviceLow,
  kDeviceHigh,
  kNotifyConfigData,
  kQueueReset,
  kAdminIndex,
  kAdminCount,
};

struct CommonConfig::Map {
  static constexpr RegisterMap<Reg, 23> kMap{{{
      {Reg::kDeviceFeatureSelect, 0x00, 4},
      {Reg::kDeviceFeature, 0x04, 4},
      {Reg::kDriverFeatureSelect, 0x08, 4},
      {Reg::kDriverFeature, 0x0c, 4},
      {Reg::kConfigVector, 0x10, 2},
      {Reg::kNumQueues, 0x12, 2},
      {Reg::kStatus, 0x14, 1},
      {Reg::kGeneration, 0x15, 1},
      {Reg::kQueueSelect, 0x16, 2},
      {Reg::kQueueSize, 0x18, 2},
      {Reg::kQueueVector, 0x1a, 2},
      {Reg::kQueueEnable, 0x1c, 2},
      {Reg::kQueueNotifyOff, 0x1e, 2},
      {Reg::kDescLow, 0x20, 4},
      {Reg::kDescHigh, 0x24, 4},
      {Reg::kDriverLow, 0x28, 4},
      {Reg::kDriverHigh, 0x2c, 4},
      {Reg::kDeviceLow, 0x30, 4},
      {Reg::kDeviceHigh, 0x34, 4},
      {Reg::kNotifyConfigData, 0x38, 2},
      {Reg::kQueueReset, 0x3a, 2},
      {Reg::kAdminIndex, 0x3c, 2},
      {Reg::kAdminCount, 0x3e, 2},
  }}};
  static_assert(kMap.valid());
  static_assert(kMap.fields.back().offset + 2 == virtio_pci::kCommonLength);
};

namespace {

uint64_t high_half(GuestAddr addr) { return addr.value >> 32; }

void replace_low(GuestAddr& addr, uint32_t value) {
  addr.value = (addr.value & ~uint64_t{UINT32_MAX}) | value;
}

void replace_high(GuestAddr& addr, uint32_t value) {
  addr.value = (addr.value & UINT32_MAX) | uint64_t{value} << 32;
}

}  // namespace

uint64_t CommonConfig::read(uint64_t offset, unsigned size) {
  return Map::kMap.read(offset, size, [this](Reg reg) { return get(reg); });
}

void CommonConfig::write(uint64_t offset, unsigned size, uint64_t value) {
  Map::kMap.write(
      offset, size, value, [this](Reg reg) { return peek(reg); },
      [this](Reg reg, uint64_t v) { set(reg, v); });
}

uint64_t CommonConfig::get(Reg reg) {
  return reg == Reg::kGeneration ? core_.read_generation() : peek(reg);
}

uint64_t CommonConfig::peek(Reg reg) const {
  const uint64_t offered = core_.offered_features(VirtioInterface::kModern);
  switch (reg) {
    case Reg::kDeviceFeatureSelect:
      return device_feature_select_;
    case Reg::kDeviceFeature:
      return device_feature_select_ > 1 ? 0 : offered >> (32 * device_feature_select_);
    case Reg::kDriverFeatureSelect:
      return driver_feature_select_;
    case Reg::kDriverFeature:
      return driver_feature_select_ > 1 ? 0
                                        : core_.driver_features() >> (32 * driver_feature_select_);
    case Reg::kConfigVector:
      return interrupts_.config_vector();
    case Reg::kNumQueues:
      return core_.queue_count();
    case Reg::kStatus:
      return core_.status();
    case Reg::kQueueSelect:
      return core_.queue_select();
    default:
      return peek_queue(reg);
  }
}

// What the selected queue shows; zeros where there is no such queue (4.1.4.3.1).
uint64_t CommonConfig::peek_queue(Reg reg) const {
  const VirtioQueueSetup* queue = core_.selected();
  if (reg == Reg::kQueueVector) return interrupts_.queue_vector(core_.queue_select());
  if (queue == nullptr) return 0;
  switch (reg) {
    case Reg::kQueueSize:
      return queue->layout.size;
    case Reg::kQueueEnable:
      return queue->enabled ? 1 : 0;
    case Reg::kQueueNotifyOff:
      return core_.queue_select();
    case Reg::kNotifyConfigData:
      return (core_.features() & virtio_feature::kNotifConfigData)
                 ? core_.notify_value(core_.queue_select())
                 : 0;
    case Reg::kDescLow:
      return queue->layout.descriptors.value;
    case Reg::kDescHigh:
      return high_half(queue->layout.descriptors);
    case Reg::kDriverLow:
      return queue->layout.driver_area.value;
    case Reg::kDriverHigh:
      return high_half(queue->layout.driver_area);
    case Reg::kDeviceLow:
      return queue->layout.device_area.value;
    case Reg::kDeviceHigh:
      return high_half(queue->layout.device_area);
    default:
      return 0;
  }
}

void CommonConfig::set(Reg reg, uint64_t value) {
  switch (reg) {
    case Reg::kDeviceFeatureSelect:
      device_feature_select_ = static_cast<uint32_t>(value);
      break;
    case Reg::kDriverFeatureSelect:
      driver_feature_select_ = static_cast<uint32_t>(value);
      break;
    case Reg::kDriverFeature:
      core_.write_driver_features(driver_feature_select_, static_cast<uint32_t>(value),
                                  VirtioInterface::kModern);
      break;
    case Reg::kConfigVector:
      interrupts_.set_config_vector(static_cast<uint16_t>(value));
      break;
    case Reg::kStatus:
      core_.write_status(static_cast<uint8_t>(value), VirtioInterface::kModern);
      break;
    case Reg::kQueueSelect:
      core_.write_queue_select(static_cast<uint16_t>(value));
      break;
    default:
      set_queue(reg, value);
      break;
  }
}

// Queues are started and reset by writing exactly 1; other values are for no use.
void CommonConfig::set_queue(Reg reg, uint64_t value) {
  switch (reg) {
    case Reg::kQueueSize:
      core_.write_queue_size(static_cast<uint16_t>(value));
      break;
    case Reg::kQueueVector:
      interrupts_.set_queue_vector(core_.queue_select(), static_cast<uint16_t>(value));
      break;
    case Reg::kQueueEnable:
      if (value == 1) core_.enable_queue();
      break;
    case Reg::kQueueReset:
      if (value == 1) core_.reset_queue();
      break;
    default:
      set_address(reg, static_cast<uint32_t>(value));
      break;
  }
}

void CommonConfig::set_address(Reg reg, uint32_t value) {
  const VirtioQueueSetup* queue = core_.selected();
  if (queue == nullptr) return;
  QueueLayout layout = queue->layout;
  switch (reg) {
    case Reg::kDescLow:
      replace_low(layout.descriptors, value);
      break;
    case Reg::kDescHigh:
      replace_high(layout.descriptors, value);
      break;
    case Reg::kDriverLow:
      replace_low(layout.driver_area, value);
      break;
    case Reg::kDriverHigh:
      replace_high(layout.driver_area, value);
      break;
    case Reg::kDeviceLow:
      replace_low(layout.device_area, value);
      break;
    case Reg::kDeviceHigh:
      replace_high(layout.device_area, value);
      break;
    default:
      return;
  }
  core_.write_queue_addresses(layout.descriptors, layout.driver_area, layout.device_area);
}

void CommonConfig::visit(Archive& archive) {
  archive.io(device_feature_select_);
  archive.io(driver_feature_select_);
}

}  // namespace vireo
