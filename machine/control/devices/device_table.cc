// The table of devices. The order is that of -device help.
#include "machine/control/devices/device_row.h"
#include "machine/control/devices/virtio_names.h"

namespace vireo {
namespace {

constexpr const VirtioRow* kVirtio[] = {&kBlkRow,     &kRngRow,      &kNetRow,    &kP9Row,
                                        &kBalloonRow, &kVsockRow,    &kSerialRow, &kGpuRow,
                                        &kTabletRow,  &kKeyboardRow, &kMouseRow};
constexpr const PlainDeviceRow* kPlain[] = {&kRootPortRow,  &kBridgeRow,      &kExpressBridgeRow,
                                            &kDebugExitRow, &kVirtconsoleRow, &kVirtserialportRow};

}  // namespace

std::span<const VirtioRow* const> virtio_rows() { return kVirtio; }
std::span<const PlainDeviceRow* const> plain_device_rows() { return kPlain; }

std::vector<std::string> device_names() {
  std::vector<std::string> names;
  for (const VirtioRow* row : virtio_rows()) {
    for (VirtioName& name : names_of(*row)) names.push_back(std::move(name.name));
  }
  for (const PlainDeviceRow* row : plain_device_rows()) names.emplace_back(row->name);
  return names;
}

}  // namespace vireo
