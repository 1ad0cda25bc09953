#include "virtio/transport/pci_ids.h"

#include "virtio/features.h"
#include "virtio/transport/pci_layout.h"

namespace vireo {
namespace {

struct TypeRow {
  uint16_t type;
  uint16_t transitional_id;  // 0: none
  uint32_t class_code;
};

constexpr TypeRow kTypes[] = {
    {virtio_type::kNet, 0x1000, 0x020000},     {virtio_type::kBlock, 0x1001, 0x010000},
    {virtio_type::kBalloon, 0x1002, 0x00ff00}, {virtio_type::kConsole, 0x1003, 0x078000},
    {virtio_type::kScsi, 0x1004, 0x010000},    {virtio_type::kEntropy, 0x1005, 0x00ff00},
    {virtio_type::k9p, 0x1009, 0x000200},      {virtio_type::kGpu, 0, 0x038000},
    {virtio_type::kInput, 0, 0x098000},        {virtio_type::kVsock, 0, 0x078000},
};

constexpr uint16_t kModernBase = 0x1040;
constexpr uint16_t kModernSubsystem = 0x1100;
constexpr uint32_t kOtherClass = 0x00ff00;

const TypeRow* find(uint16_t type) {
  for (const TypeRow& row : kTypes) {
    if (row.type == type) return &row;
  }
  return nullptr;
}

uint32_t class_code(uint16_t type) {
  const TypeRow* row = find(type);
  return row != nullptr ? row->class_code : kOtherClass;
}

}  // namespace

std::optional<uint16_t> transitional_device_id(uint16_t type) {
  const TypeRow* row = find(type);
  if (row == nullptr || row->transitional_id == 0) return std::nullopt;
  return row->transitional_id;
}

PciIdentity transitional_identity(uint16_t type) {
  return {.vendor_id = virtio_pci::kVendorId,
          .device_id = *transitional_device_id(type),
          .class_code = class_code(type),
          .revision = 0,
          .subsystem_vendor_id = virtio_pci::kVendorId,
          .subsystem_id = type};
}

PciIdentity modern_identity(uint16_t type) {
  return {.vendor_id = virtio_pci::kVendorId,
          .device_id = static_cast<uint16_t>(kModernBase + type),
          .class_code = class_code(type),
          .revision = 1,
          .subsystem_vendor_id = virtio_pci::kVendorId,
          .subsystem_id = kModernSubsystem};
}

}  // namespace vireo
