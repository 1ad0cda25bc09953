// What the functions on the PCI buses are and where they answer, for those who show them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "machine/board/virtio/virtio_devices.h"
#include "pci/bus.h"

namespace vireo {

struct PciReport {
  struct Region {
    unsigned bar = 0;
    bool io = false, prefetchable = false, wide = false;  // wide: 64-bit
    uint64_t address = 0, bytes = 0;
    bool decoded = false;  // switched on by the command register
  };
  struct Range {
    uint64_t base = 0, limit = 0;  // the first and the last address; limit below base: none
  };
  // The registers of a bridge, and what is behind it.
  struct Bridge {
    unsigned bus = 0, secondary = 0, subordinate = 0;
    Range io, memory, prefetchable;
    std::vector<PciReport> functions;
  };
  unsigned bus = 0, slot = 0, function = 0;
  std::string name;  // of the function; `id` is its -device's, or empty
  std::string id;
  unsigned class_code = 0;  // base class in bits 8-15, subclass in 0-7
  unsigned vendor = 0, device = 0, subsystem_vendor = 0, subsystem = 0;
  unsigned irq = 0, pin = 0;  // pin: 0 none, 1 INTA#
  bool msix = false;          // switched on
  std::vector<Region> regions;
  std::optional<Bridge> bridge;
};

// The functions of a bus in order of their places.
std::vector<PciReport> report_pci(PciBus& bus, VirtioDevices& devices);

}  // namespace vireo
