// What a user may choose about a virtio-serial device and its ports; names follow QEMU's.
#pragma once

#include <cstdint>
#include <string>

namespace vireo {

class ByteChannel;

struct VirtioConsoleOptions {
  static constexpr unsigned kMostPorts = 31;

  unsigned max_ports = kMostPorts;  // max_ports=: 1 to 31; 1 leaves MULTIPORT out
  bool emergency_write = true;      // emergency-write=
  bool operator==(const VirtioConsoleOptions&) const = default;
};

// One virtconsole or virtserialport.
struct ConsolePortSpec {
  unsigned number = 0;             // nr=: below max_ports; 0 is for a console
  bool console = false;            // the guest may make it a terminal (hvc0)
  std::string name = {};           // name=: what the guest finds it by; may be empty
  ByteChannel* channel = nullptr;  // the far end; outlives the device
};

}  // namespace vireo
