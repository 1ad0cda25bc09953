// What a driver sets through the control queue of a virtio-net device (VirtIO 1.4 section
// 5.1.9.5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "machine/base/archive.h"
#include "virtio/net/net_protocol.h"
#include "virtio/net/rx_filter.h"

namespace vireo {

struct NetSettings {
  virtio_net::MacAddress mac{};
  RxFilter filter;
  // Bits of kOffloadMask that the driver wants; nothing: all that it negotiated.
  std::optional<uint64_t> offloads;
  uint16_t pairs = 1;            // queue pairs in use
  bool announce_wanted = false;  // the driver is asked to announce itself

  void visit(Archive& archive);
};

// Carries out one command. An error, changing nothing, for a command that does not exist
// or was not negotiated, and for a payload that is not the command's.
virtio_net::ControlAck run_net_control(NetSettings& settings, uint64_t features, uint16_t max_pairs,
                                       virtio_net::ControlHeader header,
                                       std::span<const std::byte> payload);

}  // namespace vireo
