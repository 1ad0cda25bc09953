// Bus 0, to which the chipset's functions and slots belong: its ends are the
// machine's address spaces, interrupt router and message sink.
#pragma once

#include <cstdint>

#include "machine/base/io_space.h"
#include "machine/base/msi_message.h"
#include "pci/bus.h"

namespace vireo {

// Takes the interrupt pins of the slots: the chipset's PIRQ router.
class PciIntxRouter {
 public:
  virtual ~PciIntxRouter() = default;
  // The wired-OR of all functions of `device` on `pin` (0 = INTA#) is `level`.
  // May be called without a change.
  virtual void set_intx(unsigned device, unsigned pin, bool level) = 0;
};

// The spaces and the sink must outlive it.
class PciRootBus final : public PciBus {
 public:
  PciRootBus(IoSpace& memory, IoSpace& io, MsiSink& msi) : memory_(memory), io_(io), msi_(msi) {}

  // The router is itself a function on this bus (the LPC bridge), so it comes later.
  void set_intx_router(PciIntxRouter* router) { router_ = router; }

  // PciBus.
  uint8_t number() const override { return 0; }
  unsigned depth() const override { return 1; }

  // PciUpstream.
  void intx_changed(unsigned device, unsigned pin) override;
  void send_msi(uint8_t /*devfn*/, MsiMessage message) override { msi_.send(message); }
  std::vector<PciRange> reached(PciSpace, PciRange range) const override { return {range}; }
  IoSpace& space(PciSpace space) override { return space == PciSpace::kIo ? io_ : memory_; }
  uint64_t decode_order(uint8_t devfn) const override;
  bool forwards_dma() const override { return true; }

 private:
  IoSpace& memory_;
  IoSpace& io_;
  MsiSink& msi_;
  PciIntxRouter* router_ = nullptr;
};

}  // namespace vireo
