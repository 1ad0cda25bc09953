// What a user may choose about a virtio-net device; names follow QEMU's properties.
#pragma once

#include <cstdint>

#include "virtio/net/net_protocol.h"

namespace vireo {

struct VirtioNetOptions {
  virtio_net::MacAddress mac{0x52, 0x54, 0x00, 0x12, 0x34, 0x56};  // mac=
  bool csum = true;                 // csum=: the driver may leave checksums to the device
  bool guest_csum = true;           // guest_csum=
  bool guest_tso4 = true;           // guest_tso4=
  bool guest_tso6 = true;           // guest_tso6=
  bool guest_ecn = true;            // guest_ecn=
  bool host_tso4 = true;            // host_tso4=
  bool host_tso6 = true;            // host_tso6=
  bool host_ecn = true;             // host_ecn=
  bool mrg_rxbuf = true;            // mrg_rxbuf=
  bool status = true;               // status=
  bool guest_announce = true;       // guest_announce=
  bool ctrl_vq = true;              // ctrl_vq=
  bool ctrl_rx = true;              // ctrl_rx=
  bool ctrl_vlan = true;            // ctrl_vlan=
  bool ctrl_rx_extra = true;        // ctrl_rx_extra=
  bool ctrl_mac_addr = true;        // ctrl_mac_addr=
  bool ctrl_guest_offloads = true;  // ctrl_guest_offloads=
  bool mq = false;                  // mq=: offer the pairs of `queues`
  unsigned queues = 1;              // queues= of the -netdev: 1 to 64 pairs
  unsigned rx_queue_size = 256;     // rx_queue_size=: a power of two, 64 to 1024
  unsigned tx_queue_size = 256;     // tx_queue_size=
  uint16_t host_mtu = 0;            // host_mtu=: told to the driver; 0: not
  uint32_t speed = 0;               // speed=: Mb/s; 0: not told
  bool full_duplex = true;          // duplex=

  bool operator==(const VirtioNetOptions&) const = default;
};

}  // namespace vireo
