// Which frames a driver wants to be given (VirtIO 1.4 sections 5.1.9.5.1 to 5.1.9.5.3).
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "machine/base/archive.h"
#include "virtio/net/net_protocol.h"

namespace vireo {

// Empty after a reset: the device's own address and broadcasts only. A table that holds
// more than kMaxAddresses stands for "all of its kind", as the specification allows.
class RxFilter {
 public:
  using MacAddress = virtio_net::MacAddress;
  static constexpr size_t kMaxAddresses = 64;
  static constexpr unsigned kVlans = 4096;

  // Which halves of the filter the driver negotiated; without one it lets all pass.
  struct Enabled {
    bool addresses = false;  // CTRL_RX
    bool vlans = false;      // CTRL_VLAN
  };

  // The frame is at least an Ethernet header long.
  bool accepts(std::span<const std::byte> frame, const MacAddress& own, Enabled enabled) const;

  // A command of class RX: whether it exists.
  bool set_mode(uint8_t command, bool on);
  // The payload of MAC_TABLE_SET: two tables, unicast and multicast, each a 32-bit count
  // and its addresses. False, changing nothing, when it is anything else.
  bool set_tables(std::span<const std::byte> payload);
  // False for an id that does not exist.
  bool set_vlan(uint16_t id, bool on);

  void reset() { *this = RxFilter(); }
  void visit(Archive& archive);

 private:
  struct Table {
    std::vector<MacAddress> addresses;
    bool overflowed = false;
    bool holds(const MacAddress& address) const;
  };

  static std::optional<Table> take_table(std::span<const std::byte>& payload);
  static void visit_table(Archive& archive, Table& table);
  bool accepts_unicast(const MacAddress& to, const MacAddress& own) const;
  bool accepts_multicast(const MacAddress& to) const;

  bool promiscuous_ = false;
  bool all_multicast_ = false;
  bool all_unicast_ = false;
  bool no_multicast_ = false;
  bool no_unicast_ = false;
  bool no_broadcast_ = false;
  Table unicast_;
  Table multicast_;
  std::bitset<kVlans> vlans_;
};

}  // namespace vireo
