#include "virtio/lint/common_fields.h"

namespace vireo {
namespace {

constexpr CommonField kFields[] = {
    {0x00, 4, "device_feature_select", true, false},
    {0x04, 4, "device_feature", false, false},
    {0x08, 4, "driver_feature_select", true, false},
    {0x0c, 4, "driver_feature", true, false},
    {0x10, 2, "config_msix_vector", true, false},
    {0x12, 2, "num_queues", false, false},
    {0x14, 1, "device_status", true, false},
    {0x15, 1, "config_generation", false, false},
    {0x16, 2, "queue_select", true, false},
    {0x18, 2, "queue_size", true, true},
    {0x1a, 2, "queue_msix_vector", true, true},
    {0x1c, 2, "queue_enable", true, true},
    {0x1e, 2, "queue_notify_off", false, true},
    {0x20, 4, "queue_desc", true, true},
    {0x24, 4, "queue_desc (high)", true, true},
    {0x28, 4, "queue_driver", true, true},
    {0x2c, 4, "queue_driver (high)", true, true},
    {0x30, 4, "queue_device", true, true},
    {0x34, 4, "queue_device (high)", true, true},
    {0x38, 2, "queue_notif_config_data", false, true},
    {0x3a, 2, "queue_reset", true, true},
    {0x3c, 2, "admin_queue_index", false, false},
    {0x3e, 2, "admin_queue_num", false, false},
};

}  // namespace

std::span<const CommonField> common_fields() { return kFields; }

const CommonField* common_field(uint64_t offset) {
  for (const CommonField& field : kFields) {
    if (offset >= field.offset && offset < uint64_t{field.offset} + field.width) return &field;
  }
  return nullptr;
}

}  // namespace vireo
