// How firmware finds what is on the buses: numbers them and sizes every BAR through
// configuration cycles (PCI 3.0 section 6.2.5.1; PCI-to-PCI Bridge 1.2 section 3.2.5).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "pci/bar.h"
#include "pci/root_bus.h"

namespace vireo {

// Ranges that a bridge forwards each through a window of its own.
enum class WindowKind : uint8_t { kIo, kMemory, kPrefetchable };
inline constexpr unsigned kWindowKinds = 3;

struct ScannedBus;
inline constexpr unsigned kRomIndex = kPciBars;

// Room that is wanted on a bus: by a BAR or, for what is behind it, by a bridge.
struct RoomDemand {
  PciAddress at;
  WindowKind kind = WindowKind::kMemory;
  unsigned index = 0;           // of the BAR; kRomIndex is the expansion ROM's
  bool wide = false;            // the BAR has 64 bits
  ScannedBus* below = nullptr;  // a bridge's window for this bus
  uint64_t size = 0;
  uint64_t alignment = 0;
  uint64_t placed = 0;
  bool spare = false;  // for cards to come: does without where there is no room
};

struct ScannedBus {
  uint8_t number = 0;
  PciAddress bridge;                  // by which one comes here, unless this is bus 0
  bool hotplug = false;               // functions may be put in later
  std::vector<PciAddress> functions;  // in order, bridges included
  std::vector<RoomDemand> bars;       // of these functions
  std::vector<std::unique_ptr<ScannedBus>> children;  // in order of their bridges
};

// Numbers all buses depth first and turns off the decoding of all functions. A bus for
// which no number is left stays closed.
ScannedBus scan_buses(PciRootBus& root);

// Turns a function's own pin (0 = INTA#) into the device and pin on bus 0 at which it
// arrives.
struct RootPin {
  unsigned device;
  unsigned pin;
};
RootPin swizzled(const std::vector<PciAddress>& bridges, PciAddress function, unsigned pin);

}  // namespace vireo
