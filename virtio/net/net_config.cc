#include "virtio/net/net_config.h"

#include <fmt/format.h>

#include <bit>
#include <cstddef>

#include "virtio/net/net_device.h"

namespace vireo {

using namespace virtio_net;

namespace {

constexpr unsigned kMinQueueSize = 64;
constexpr unsigned kMaxQueueSize = 1024;
constexpr uint16_t kMinMtu = 68;  // IPv4's smallest, section 5.1.4.1

Result<void> check_queue_size(const char* property, unsigned size) {
  if (std::has_single_bit(size) && size >= kMinQueueSize && size <= kMaxQueueSize) return {};
  return Error{fmt::format("{}={} is no power of two from {} to {}", property, size, kMinQueueSize,
                           kMaxQueueSize)};
}

struct OfferedBit {
  bool VirtioNetOptions::*chosen;
  uint64_t feature;
  uint64_t needs;  // one of these must be offered, too; 0: nothing
};

// In an order in which each row's needs stand before it.
constexpr OfferedBit kOfferedBits[] = {
    {&VirtioNetOptions::csum, kCsum, 0},
    {&VirtioNetOptions::host_tso4, kHostTso4, kCsum},
    {&VirtioNetOptions::host_tso6, kHostTso6, kCsum},
    {&VirtioNetOptions::host_ecn, kHostEcn, kHostTso4 | kHostTso6},
    {&VirtioNetOptions::guest_csum, kGuestCsum, 0},
    {&VirtioNetOptions::guest_tso4, kGuestTso4, kGuestCsum},
    {&VirtioNetOptions::guest_tso6, kGuestTso6, kGuestCsum},
    {&VirtioNetOptions::guest_ecn, kGuestEcn, kGuestTso4 | kGuestTso6},
    {&VirtioNetOptions::mrg_rxbuf, kMrgRxbuf, 0},
    {&VirtioNetOptions::status, kStatus, 0},
    {&VirtioNetOptions::ctrl_vq, kCtrlVq, 0},
    {&VirtioNetOptions::ctrl_rx, kCtrlRx, kCtrlVq},
    {&VirtioNetOptions::ctrl_vlan, kCtrlVlan, kCtrlVq},
    {&VirtioNetOptions::ctrl_rx_extra, kCtrlRxExtra, kCtrlRx},
    {&VirtioNetOptions::ctrl_mac_addr, kCtrlMacAddr, kCtrlVq},
    {&VirtioNetOptions::ctrl_guest_offloads, kCtrlGuestOffloads, kCtrlVq},
    {&VirtioNetOptions::mq, kMultiQueue, kCtrlVq},
};

}  // namespace

Result<void> check_net_options(const VirtioNetOptions& options) {
  if (auto good = check_queue_size("rx_queue_size", options.rx_queue_size); !good) return good;
  if (auto good = check_queue_size("tx_queue_size", options.tx_queue_size); !good) return good;
  if (options.queues == 0 || options.queues > VirtioNet::kMaxPairs) {
    return Error{fmt::format("queues={}: a card has 1 to {} pairs of queues", options.queues,
                             VirtioNet::kMaxPairs)};
  }
  if (options.mq && !options.ctrl_vq) {
    return Error{"mq=on needs the control queue: leave ctrl_vq on"};
  }
  if (options.host_mtu != 0 && options.host_mtu < kMinMtu) {
    return Error{fmt::format("host_mtu={}: the smallest is {}", options.host_mtu, kMinMtu)};
  }
  if (options.mac[0] & 1) return Error{"mac= is a multicast address; its first byte must be even"};
  return {};
}

uint64_t net_features(const VirtioNetOptions& options) {
  uint64_t bits = kMac;
  for (const OfferedBit& row : kOfferedBits) {
    if (options.*row.chosen && (row.needs == 0 || (bits & row.needs))) bits |= row.feature;
  }
  const bool announces = options.guest_announce && (bits & kCtrlVq) && (bits & kStatus);
  if (announces) bits |= kGuestAnnounce;
  if (options.host_mtu != 0) bits |= kMtu;
  if (options.speed != 0) bits |= kSpeedDuplex;
  return bits;
}

uint32_t net_config_bytes(const VirtioNetOptions& options) {
  if (options.speed != 0) return offsetof(Config, unused);
  if (options.host_mtu != 0) return offsetof(Config, speed);
  if (options.mq) return offsetof(Config, mtu);
  return options.status ? offsetof(Config, max_pairs) : offsetof(Config, status);
}

}  // namespace vireo
