// A PCI bus: 32 devices of 8 functions, their configuration cycles, decode
// windows and interrupt pins (PCI 3.0 sections 2.2.6, 3.2.2.3, 6.1).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

#include "machine/base/io_space.h"
#include "machine/base/msi_message.h"
#include "machine/base/result.h"
#include "pci/address.h"
#include "pci/function.h"
#include "pci/upstream.h"

namespace vireo {

// Takes the interrupt pins of the slots: the chipset's PIRQ router.
class PciIntxRouter {
 public:
  virtual ~PciIntxRouter() = default;
  // The wired-OR of all functions of `device` on `pin` (0 = INTA#) is `level`.
  // May be called without a change.
  virtual void set_intx(unsigned device, unsigned pin, bool level) = 0;
};

// The root bus (number 0). It keeps no state of its own: everything a snapshot
// needs is in the functions and in the router. Functions are not owned; they
// and the spaces must live as long as the bus is used.
class PciBus : public PciUpstream {
 public:
  PciBus(IoSpace& memory, IoSpace& io, MsiSink& msi) : memory_(memory), io_(io), msi_(msi) {}
  PciBus(const PciBus&) = delete;
  PciBus& operator=(const PciBus&) = delete;

  // The router is itself a function on this bus (the LPC bridge), so it comes later.
  void set_intx_router(PciIntxRouter* router) { router_ = router; }

  // Fails, naming both functions, when the place is taken or does not exist.
  Result<void> attach(PciFunction& function, unsigned device, unsigned number = 0);
  void detach(PciFunction& function);
  // The lowest device number from `first` on with no function at all.
  std::optional<unsigned> free_device(unsigned first = 0) const;
  PciFunction* function(unsigned device, unsigned number) const;
  // In order of device and function number.
  void for_each(const std::function<void(PciFunction&)>& visit) const;

  // Configuration cycles of 1, 2 or 4 bytes. An absent bus, device or function
  // reads as all ones and drops writes, without any error flag.
  uint32_t config_read(PciAddress address, unsigned offset, unsigned size);
  void config_write(PciAddress address, unsigned offset, unsigned size, uint32_t value);

  // PciUpstream.
  void intx_changed(unsigned device, unsigned pin) override;
  void send_msi(uint8_t devfn, MsiMessage message) override;
  void decode_changed() override;

 private:
  PciFunction* at(PciAddress address) const;
  void update_multifunction(unsigned device);

  IoSpace& memory_;
  IoSpace& io_;
  MsiSink& msi_;
  PciIntxRouter* router_ = nullptr;
  std::array<std::array<PciFunction*, kPciFunctions>, kPciDevices> functions_{};
};

}  // namespace vireo
