// The disks of the machine: images opened on the host, each behind a virtio-blk
// function on PCI bus 0.
#pragma once

#include <memory>
#include <vector>

#include "machine/base/block_backend.h"
#include "machine/base/result.h"
#include "machine/board/core.h"
#include "machine/board/machine_config.h"
#include "machine/host/host_services.h"
#include "pci/bus.h"
#include "virtio/transport/pci_function.h"

namespace vireo {

class Disks {
 public:
  // Opens every image that a device uses and puts the devices on the bus: those
  // with addr= first, the others in their order at the free slots from 2 on.
  // The functions stay on the bus for as long as this lives.
  static Result<std::unique_ptr<Disks>> create(const MachineConfig& config, HostServices& host,
                                               MachineCore& core, PciBus& bus);

  // Brings what the guest wrote to stable storage. All disks are tried; the
  // error is the first one.
  Result<void> flush();

 private:
  Disks() = default;
  Result<void> add(const VirtioBlkConfig& device, const MachineConfig& config, HostServices& host,
                   MachineCore& core);
  Result<void> attach(const MachineConfig& config, PciBus& bus);

  std::vector<std::unique_ptr<BlockBackend>> backends_;
  std::vector<std::unique_ptr<VirtioPciFunction>> functions_;  // as in the configuration
};

}  // namespace vireo
