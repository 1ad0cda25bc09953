#include "virtio/net/net_settings.h"

#include <cstring>

namespace vireo {

using namespace virtio_net;

namespace {

// The payload as one little-endian value, if it has exactly this size.
template <typename T>
std::optional<T> value_of(std::span<const std::byte> payload) {
  T value;
  if (payload.size() != sizeof value) return std::nullopt;
  std::memcpy(&value, payload.data(), sizeof value);
  return value;
}

// One command with what it works on. Each function says whether it could be done.
class Command {
 public:
  Command(NetSettings& settings, uint64_t features, uint16_t max_pairs,
          std::span<const std::byte> payload)
      : settings_(settings), features_(features), max_pairs_(max_pairs), payload_(payload) {}

  bool run(ControlHeader header) {
    switch (header.command_class) {
      case control_class::kRx:
        return rx_mode(header.command);
      case control_class::kMac:
        return mac(header.command);
      case control_class::kVlan:
        return vlan(header.command);
      case control_class::kAnnounce:
        return header.command == 0 && announce_ack();
      case control_class::kMq:
        return header.command == 0 && pairs_set();
      case control_class::kOffloads:
        return header.command == 0 && offloads_set();
      default:
        return false;
    }
  }

 private:
  bool has(uint64_t feature) const { return (features_ & feature) != 0; }

  bool rx_mode(uint8_t command) {
    const bool extra = command > rx_command::kAllMulti;
    const auto on = value_of<uint8_t>(payload_);
    return has(extra ? kCtrlRxExtra : kCtrlRx) && on && settings_.filter.set_mode(command, *on);
  }

  bool mac(uint8_t command) {
    if (command == mac_command::kTableSet) {
      return has(kCtrlRx) && settings_.filter.set_tables(payload_);
    }
    const auto address = value_of<MacAddress>(payload_);
    if (command != mac_command::kAddrSet || !has(kCtrlMacAddr) || !address) return false;
    settings_.mac = *address;
    return true;
  }

  bool vlan(uint8_t command) {
    const auto id = value_of<uint16_t>(payload_);
    return has(kCtrlVlan) && id && command <= vlan_command::kDel &&
           settings_.filter.set_vlan(*id, command == vlan_command::kAdd);
  }

  bool announce_ack() {
    if (!has(kGuestAnnounce) || !payload_.empty()) return false;
    settings_.announce_wanted = false;
    return true;
  }

  bool pairs_set() {
    const auto pairs = value_of<uint16_t>(payload_);
    if (!has(kMultiQueue) || !pairs || *pairs == 0 || *pairs > max_pairs_) return false;
    settings_.pairs = *pairs;
    return true;
  }

  bool offloads_set() {
    const auto offloads = value_of<uint64_t>(payload_);
    if (!has(kCtrlGuestOffloads) || !offloads) return false;
    if (*offloads & ~(features_ & kOffloadMask)) return false;
    settings_.offloads = *offloads;
    return true;
  }

  NetSettings& settings_;
  uint64_t features_;
  uint16_t max_pairs_;
  std::span<const std::byte> payload_;
};

}  // namespace

ControlAck run_net_control(NetSettings& settings, uint64_t features, uint16_t max_pairs,
                           ControlHeader header, std::span<const std::byte> payload) {
  const bool done = Command(settings, features, max_pairs, payload).run(header);
  return done ? ControlAck::kOk : ControlAck::kError;
}

void NetSettings::visit(Archive& archive) {
  archive.io(mac);
  filter.visit(archive);
  bool chosen = offloads.has_value();
  uint64_t bits = offloads.value_or(0);
  archive.io(chosen);
  archive.io(bits);
  archive.io(pairs);
  archive.io(announce_wanted);
  if (archive.saving()) return;
  offloads = chosen ? std::optional<uint64_t>(bits) : std::nullopt;
}

}  // namespace vireo
