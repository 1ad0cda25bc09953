// What a PCI function may ask of the bus on which it sits.
#pragma once

#include <cstdint>
#include <vector>

#include "machine/base/io_space.h"
#include "machine/base/msi_message.h"

namespace vireo {

enum class PciSpace : uint8_t { kMemory, kIo };

// Addresses [first, last] of one space.
struct PciRange {
  uint64_t first = 0;
  uint64_t last = 0;
  bool operator==(const PciRange&) const = default;
};

// A bus: the root bus, or what is behind a bridge with the bridge's windows and
// the interrupt swizzle between.
class PciUpstream {
 public:
  virtual ~PciUpstream() = default;
  // Some function's interrupt pin on device `device` changed: the bus asks the
  // functions of that device for their levels and passes the result on.
  virtual void intx_changed(unsigned device, unsigned pin) = 0;
  // A message-signalled interrupt from `devfn`.
  virtual void send_msi(uint8_t devfn, MsiMessage message) = 0;

  // The pieces of `range` at which an access by a processor comes down to this
  // bus: all of it on the root bus, what lies in the windows behind bridges.
  virtual std::vector<PciRange> reached(PciSpace space, PciRange range) const = 0;
  // The machine's address space into which functions map their windows.
  virtual IoSpace& space(PciSpace space) = 0;
  // Precedence of this function's windows over those of others (lower wins): by
  // device and function number, a bridge before what is behind it. The low
  // four bits are zero, for the number of a window.
  virtual uint64_t decode_order(uint8_t devfn) const = 0;
  // Buses on the way from the processors: 1 for the root bus.
  virtual unsigned depth() const = 0;
  // Whether reads, writes and messages of functions here come to memory: every
  // bridge on the way is a bus master.
  virtual bool forwards_dma() const = 0;
};

}  // namespace vireo
