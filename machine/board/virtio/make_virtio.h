// Makes virtio devices of their configurations, each with what stands behind it: a disk
// image, a channel, a network. One file for each type: make_blk.cc and so on.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "machine/base/result.h"
#include "machine/board/chardevs.h"
#include "machine/board/core.h"
#include "machine/board/input_gate.h"
#include "machine/board/machine_config.h"
#include "machine/board/machine_events.h"
#include "machine/board/snapshot/disk_state.h"
#include "machine/host/host_services.h"
#include "virtio/device.h"

namespace vireo {

// What stands behind a device, owned with it and destroyed after it. Where it brings input
// it is (or holds) an InputSource that enters the gate itself.
class VirtioBackEnd {
 public:
  virtual ~VirtioBackEnd() = default;
  // Brings what the guest wrote to where it lasts: at the end of a run and at an unplug.
  virtual Result<void> flush() { return {}; }
  // For `set_link` and `info network`: whether there is a cable to pull, and what goes over
  // it. `netdev` may name the network instead of the device.
  virtual bool set_link(bool /*up*/) { return false; }
  virtual std::string netdev() const { return {}; }
  // For `announce_self`: the guest is asked to tell the network where it is. False without a card.
  virtual bool announce() { return false; }
  // For `block_resize`: the drive behind the device, or empty, and its new size in bytes, which
  // the guest is told. The error is for the user.
  virtual std::string drive() const { return {}; }
  virtual Result<void> resize(uint64_t /*bytes*/) { return Error{"it is no disk"}; }
  virtual std::string network_info() const { return {}; }
  // The disk of a snapshot, if it is one.
  virtual std::optional<DiskForSnapshot> disk_for_snapshot() { return std::nullopt; }
};

// A device that is not yet a PCI function. `back_end` may be null.
struct MadeVirtio {
  std::unique_ptr<VirtioBackEnd> back_end;
  std::unique_ptr<VirtioDevice> device;
};

// What of the machine a device may be made from; all of it outlives the device.
struct VirtioMaterial {
  const MachineConfig& config;
  std::vector<NetdevSpec>& netdevs;  // of the configuration; netdev_add and netdev_del change them
  HostServices& host;
  Chardevs& chardevs;
  MachineCore& core;
  InputGate& input;
  MachineEvents& news;
  uint64_t seed;              // of everything random that the guest sees
  const int64_t& rtc_start_seconds;  // what the guest's clock said at power-on, since 1970
};

// One for each alternative of VirtioTypeConfig. Errors are for the user and name the option;
// `device` is the whole of which `type` is the particular part.
Result<MadeVirtio> make_virtio(const BlkConfig& type, const VirtioDeviceConfig& device,
                               const VirtioMaterial& material);
Result<MadeVirtio> make_virtio(const RngConfig& type, const VirtioDeviceConfig& device,
                               const VirtioMaterial& material);
Result<MadeVirtio> make_virtio(const NetConfig& type, const VirtioDeviceConfig& device,
                               const VirtioMaterial& material);
Result<MadeVirtio> make_virtio(const P9Config& type, const VirtioDeviceConfig& device,
                               const VirtioMaterial& material);
Result<MadeVirtio> make_virtio(const BalloonConfig& type, const VirtioDeviceConfig& device,
                               const VirtioMaterial& material);
Result<MadeVirtio> make_virtio(const VsockConfig& type, const VirtioDeviceConfig& device,
                               const VirtioMaterial& material);
Result<MadeVirtio> make_virtio(const ConsoleConfig& type, const VirtioDeviceConfig& device,
                               const VirtioMaterial& material);
Result<MadeVirtio> make_virtio(const GpuConfig& type, const VirtioDeviceConfig& device,
                               const VirtioMaterial& material);
Result<MadeVirtio> make_virtio(const InputConfig& type, const VirtioDeviceConfig& device,
                               const VirtioMaterial& material);

// What a device's snapshot section and trace lines are called, without its number.
constexpr const char* section_name(const BlkConfig&) { return "virtio-blk"; }
constexpr const char* section_name(const RngConfig&) { return "virtio-rng"; }
constexpr const char* section_name(const NetConfig&) { return "virtio-net"; }
constexpr const char* section_name(const P9Config&) { return "virtio-9p"; }
constexpr const char* section_name(const BalloonConfig&) { return "virtio-balloon"; }
constexpr const char* section_name(const VsockConfig&) { return "virtio-vsock"; }
constexpr const char* section_name(const ConsoleConfig&) { return "virtio-serial"; }
constexpr const char* section_name(const GpuConfig&) { return "virtio-gpu"; }
constexpr const char* section_name(const InputConfig&) { return "virtio-input"; }

// What kind of device PCI is told, in 24 bits; 0: as usual for the type.
template <typename Type>
constexpr uint32_t pci_class(const Type&) {
  return 0;
}
constexpr uint32_t pci_class(const InputConfig& input) {
  switch (input.options.kind) {
    case InputKind::kKeyboard:
      return 0x090000;
    case InputKind::kMouse:
      return 0x090200;
    case InputKind::kTablet:
      break;
  }
  return 0x098000;  // none of those of the PCI code and ID assignment specification
}

}  // namespace vireo
