// What firmware does to PCI functions before it starts an operating system:
// numbers the buses, gives each BAR an address, each bridge its windows and each pin
// an interrupt line.
#pragma once

#include <cstdint>
#include <functional>

#include "machine/base/result.h"
#include "pci/root_bus.h"

namespace vireo {

// Addresses [base, limit); empty when base >= limit.
struct ResourceWindow {
  uint64_t base = 0;
  uint64_t limit = 0;
};

struct ResourceWindows {
  ResourceWindow io;
  ResourceWindow memory32;  // below 4 GiB
  ResourceWindow memory64;  // above RAM; used only for what memory32 cannot hold
};

// The value for the interrupt line register: the 8259 input of a slot's pin
// (0 = INTA#), 0xff for none. With an Ich9Lpc whose PIRQs are programmed:
//   lpc.pic_input_of(lpc.pirq_of(device, pin)).value_or(0xff)
using InterruptLineOf = std::function<uint8_t(unsigned device, unsigned pin)>;

// Sizes every BAR through configuration cycles as firmware would, places the largest
// alignment first (ties: size, device, function, register), bridges by what is behind
// them, then sets the interrupt lines (swizzled to bus 0) and turns on I/O and memory
// decode and SERR#, for bridges bus mastering too. 64-bit prefetchable BARs move to
// memory64, all of them, when memory32 cannot hold everything. Slots that take cards
// at run time get some memory in advance, and ports as long as there are some. Fails,
// naming the function and BAR, when something does not fit.
Result<void> assign_resources(PciRootBus& bus, const ResourceWindows& windows,
                              const InterruptLineOf& interrupt_line);

}  // namespace vireo
