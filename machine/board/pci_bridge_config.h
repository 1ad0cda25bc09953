// The bridges and ports of a machine before it is built: plain data in command-line order.
#pragma once

#include <cstdint>
#include <string>

#include "machine/board/virtio_device_config.h"
#include "pci/bridge.h"

namespace vireo {

enum class PciBridgeKind : uint8_t {
  kRootPort,               // pcie-root-port: a slot for one express card
  kConventional,           // pci-bridge: a conventional bus behind a conventional bus
  kExpressToConventional,  // pcie-pci-bridge: a conventional bus behind a port or on pcie.0
};

// One -device of these models. The bus behind it is called as the bridge is.
struct PciBridgeConfig {
  PciBridgeKind kind = PciBridgeKind::kRootPort;
  std::string id;
  std::string model;  // for messages
  PciPlace place;     // bus: pcie.0 or a bridge that comes before
  // Ports: the physical slot number is slot, or else its place among the ports from 0.
  uint8_t port = 0;
  int slot = -1;
  bool hotplug = true;
  BridgeReservation reservation;  // of ports and conventional bridges
  bool operator==(const PciBridgeConfig&) const = default;
};

}  // namespace vireo
