// The words of virtio-console: features, configuration, control messages (VirtIO 1.4 section 5.3).
#pragma once

#include <cstdint>

#include "virtio/features.h"

namespace vireo::virtio_console {

inline constexpr uint64_t kSize = feature_bit(0);
inline constexpr uint64_t kMultiport = feature_bit(1);
inline constexpr uint64_t kEmergencyWrite = feature_bit(2);

// Section 5.3.4.
struct Config {
  uint16_t columns = 0;
  uint16_t rows = 0;
  uint32_t max_ports = 0;
  uint32_t emergency_write = 0;
};
static_assert(sizeof(Config) == 12);

// Section 5.3.6.2.
enum class ControlEvent : uint16_t {
  kDeviceReady = 0,
  kPortAdd = 1,
  kPortRemove = 2,
  kPortReady = 3,
  kConsolePort = 4,
  kResize = 5,
  kPortOpen = 6,
  kPortName = 7,
};

struct ControlMessage {
  uint32_t port = 0;
  ControlEvent event{};
  uint16_t value = 0;
};
static_assert(sizeof(ControlMessage) == 8);

// What follows the message of kResize.
struct ResizeData {
  uint16_t columns = 0;
  uint16_t rows = 0;
};

// Queues: 0 and 1 belong to port 0, 2 and 3 to the control messages, and each further port
// has the next two; the even one is the driver's receive queue (section 5.3.2).
inline constexpr unsigned kControlReceive = 2;
inline constexpr unsigned kControlTransmit = 3;

constexpr unsigned receive_queue(unsigned port) { return port == 0 ? 0 : 2 * port + 2; }
// Of a queue that is no control queue.
constexpr unsigned port_of_queue(unsigned queue) { return queue < 2 ? 0 : queue / 2 - 1; }

}  // namespace vireo::virtio_console
