// The flash chips of a PC's firmware, directly below 4 GiB, and the images that keep them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "machine/base/block_backend.h"
#include "machine/base/result.h"
#include "machine/board/core.h"
#include "machine/board/machine_config.h"
#include "machine/board/memory_switch.h"
#include "machine/devices/pflash.h"
#include "machine/host/host_services.h"

namespace vireo {

// Unit 0 holds the code and ends at 4 GiB, unit 1 the variables and ends where unit 0 begins, as in
// QEMU's PCs. What a guest programs or erases is in the image before its next instruction; with
// an image that fails the chip's status says so, and a line of the log tells why.
class SystemFlash {
 public:
  static constexpr uint64_t kMost = 8 * kMiB;  // both units

  // Opens the images. Errors name the drive and the cure. The end of unit 0 is seen below 1 MiB as
  // well, by `low`, which outlives this as does `core`. `in_smm` tells whether the processor that
  // runs is in system management mode.
  static Result<std::unique_ptr<SystemFlash>> create(const FirmwareConfig& config,
                                                     MachineCore& core, MemorySwitch& low,
                                                     HostServices& host,
                                                     std::function<bool()> in_smm);

  ~SystemFlash();

  void add_devices(std::vector<Device*>& devices);

  // What a snapshot of the machine depends on: sizes, and the content of what is only read.
  std::string description() const;
  // Of this unit; 0 where there is none.
  uint64_t bytes(unsigned unit) const;
  // A number for the content of all units.
  uint64_t content_hash() const;

  // The chips' state was loaded: their mode is shown, and images that hold something else than
  // the chips are written.
  void after_load();
  Result<void> flush();

 private:
  struct Unit;
  SystemFlash(MachineCore& core, MemorySwitch& low, std::function<bool()> admitted);
  Result<void> add(const DriveConfig& drive, uint64_t end, HostServices& host);

  MachineCore& core_;
  MemorySwitch& low_;
  std::function<bool()> admitted_;  // null: who is not told apart
  std::vector<std::unique_ptr<Unit>> units_;
};

}  // namespace vireo
