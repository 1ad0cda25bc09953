// A virtio device as a PCI function: legacy, modern or transitional (VirtIO 1.4 section 4.1).
#pragma once

#include <memory>
#include <string>

#include "machine/base/event_queue.h"
#include "machine/base/guest_memory.h"
#include "machine/base/result.h"
#include "pci/function.h"
#include "virtio/core.h"
#include "virtio/transport/interrupts.h"
#include "virtio/transport/legacy_interface.h"
#include "virtio/transport/modern_interface.h"
#include "virtio/transport/pci_cfg_window.h"
#include "virtio/transport/pci_options.h"

namespace vireo {

// What of the machine a function needs. Both must outlive it.
struct VirtioPciMachine {
  GuestMemory& memory;
  EventQueue& events;
};

// Owns the device. BARs: 0 legacy registers (I/O), 1 MSI-X, 2 notify (I/O), 4+5 modern
// structures (64-bit prefetchable memory); see transport/pci_layout.h.
//
//   auto function = VirtioPciFunction::create("virtio-blk0", std::move(device), options,
//                                             {memory, events});
//   bus.attach(**function, slot);
class VirtioPciFunction final : public PciFunction, private VirtioTransport {
 public:
  // Fails, naming the property, when no interface is left, the vector count is out of
  // range, the device type has no legacy form, or packed rings are asked for without the
  // modern interface.
  static Result<std::unique_ptr<VirtioPciFunction>> create(std::string name,
                                                           std::unique_ptr<VirtioDevice> device,
                                                           const VirtioPciOptions& options,
                                                           const VirtioPciMachine& machine);

  void reset() override;
  void visit(Archive& archive) override;

  // Tells `watch` (null: nobody) each step of the driver. It must outlive the function or
  // be taken off before.
  void set_watch(DriverWatch* watch) { core_.set_watch(watch); }

  VirtioCore& core() { return core_; }
  const VirtioPciInterrupts& interrupts() const { return interrupts_; }
  // Distance of the queues' notification addresses in the modern BAR.
  uint32_t notify_step() const { return modern_.notify_step(); }
  VirtioDevice& device() { return *device_; }
  bool has_legacy() const { return offer_.legacy; }
  bool has_modern() const { return offer_.modern; }

 private:
  VirtioPciFunction(std::string name, std::unique_ptr<VirtioDevice> device,
                    const VirtioPciOptions& options, const VirtioOffer& offer,
                    const VirtioPciMachine& machine);
  void build_legacy();
  void build_modern(const VirtioPciOptions& options);
  void build_msix(const VirtioPciOptions& options);

  // PciFunction.
  void before_config_read(unsigned offset, unsigned size) override;
  void after_config_write(unsigned offset, unsigned size) override;
  void on_bus_master_changed() override;

  // VirtioTransport.
  void queue_interrupt(unsigned index) override;
  void config_interrupt() override;
  void driver_reset() override;
  void queue_reset(unsigned index) override;
  bool dma_enabled() const override { return bus_master(); }

  std::unique_ptr<VirtioDevice> device_;
  VirtioOffer offer_;
  VirtioCore core_;
  VirtioPciInterrupts interrupts_;
  LegacyInterface legacy_;
  ModernInterface modern_;
  PciCfgWindow cfg_window_;
};

}  // namespace vireo
