// The virtio devices of a machine before it is built: plain data in command-line order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "virtio/balloon/balloon_options.h"
#include "virtio/blk/blk_options.h"
#include "virtio/console/console_options.h"
#include "virtio/gpu/gpu_options.h"
#include "virtio/input/input_options.h"
#include "virtio/net/net_options.h"
#include "virtio/p9/p9_options.h"
#include "virtio/rng/rng_options.h"
#include "virtio/transport/pci_options.h"
#include "virtio/vsock/vsock_options.h"

namespace vireo {

// Device and function number on a PCI bus.
struct PciSlot {
  uint8_t device = 0;    // 0..31
  uint8_t function = 0;  // 0..7
  bool operator==(const PciSlot&) const = default;
};

// Where a function is to sit: bus=, addr= and multifunction= of a -device.
struct PciPlace {
  std::string bus;              // id of a bridge or port; empty, pcie.0 or pci.0: the root bus
  std::optional<PciSlot> slot;  // nothing: the next free one, in order
  bool multifunction = false;   // other functions may share the slot; asked of function 0
  bool operator==(const PciPlace&) const = default;
};

// virtio-blk: a disk.
struct BlkConfig {
  std::string drive;  // id of a DriveConfig
  // An empty serial is the drive's. write_cache and num_queues count only where they were
  // chosen; otherwise the drive's cache= decides, and there is a queue for each vCPU.
  VirtioBlkOptions options;
  bool write_cache_chosen = false;
  bool num_queues_chosen = false;
  bool operator==(const BlkConfig&) const = default;
};

// virtio-rng: random bytes.
struct RngConfig {
  std::string source;  // id of an EntropySourceConfig; empty: seeded
  VirtioRngOptions options;
  bool operator==(const RngConfig&) const = default;
};

// virtio-net: a network card.
struct NetConfig {
  std::string netdev;  // id of a NetdevSpec; empty: no cable
  // `queues` is that of the netdev.
  VirtioNetOptions options;
  bool mac_chosen = false;  // otherwise counted up from the first card's
  bool operator==(const NetConfig&) const = default;
};

// virtio-9p: a folder of the host.
struct P9Config {
  std::string folder;  // id of a FolderConfig
  VirtioP9Options options;
  bool operator==(const P9Config&) const = default;
};

// virtio-balloon: memory that the host may ask back.
struct BalloonConfig {
  VirtioBalloonOptions options;
  bool operator==(const BalloonConfig&) const = default;
};

// virtio-vsock: sockets between guest and host.
struct VsockConfig {
  std::string path;  // of the unix socket on the host
  VirtioVsockOptions options;
  bool operator==(const VsockConfig&) const = default;
};

// A port of a virtio-serial device.
struct ConsolePortConfig {
  std::string option;  // "-device virtconsole", for messages
  unsigned number = 0;
  bool console = false;
  std::string name;     // for the guest; may be empty
  std::string chardev;  // id of the far end; empty: nothing
  bool operator==(const ConsolePortConfig&) const = default;
};

// virtio-serial: ports and consoles.
struct ConsoleConfig {
  VirtioConsoleOptions options;
  std::vector<ConsolePortConfig> ports;
  bool operator==(const ConsoleConfig&) const = default;
};

// virtio-gpu: a graphics card.
struct GpuConfig {
  VirtioGpuOptions options;
  bool operator==(const GpuConfig&) const = default;
};

// virtio-input: a keyboard, mouse or tablet.
struct InputConfig {
  VirtioInputOptions options;
  bool operator==(const InputConfig&) const = default;
};

// What is particular to a type of device. A new type is one more alternative here, a
// make_virtio() in machine/board/virtio and a row in machine/control/devices.
using VirtioTypeConfig = std::variant<BlkConfig, RngConfig, NetConfig, P9Config, BalloonConfig,
                                      VsockConfig, ConsoleConfig, GpuConfig, InputConfig>;

struct VirtioDeviceConfig {
  std::string id;     // may be empty
  std::string model;  // the name that -device was given ("virtio-blk-pci"), for messages
  PciPlace place;
  VirtioPciOptions pci;
  // Path of the expansion ROM's image; empty: no ROM. Nothing: what its kind has in a machine that
  // starts in firmware, if the host has that.
  std::optional<std::string> romfile;
  bool rom_bar = true;  // otherwise firmware gets the ROM from the configuration device
  std::optional<uint32_t> bootindex;  // for firmware; -kernel does not look at it
  VirtioTypeConfig type;
  bool operator==(const VirtioDeviceConfig&) const = default;
};

}  // namespace vireo
