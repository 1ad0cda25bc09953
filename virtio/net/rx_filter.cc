#include "virtio/net/rx_filter.h"

#include <algorithm>
#include <cstring>

#include "virtio/net/packet.h"

namespace vireo {
namespace {

constexpr virtio_net::MacAddress kBroadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

}  // namespace

bool RxFilter::Table::holds(const MacAddress& address) const {
  return overflowed || std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

bool RxFilter::accepts(std::span<const std::byte> frame, const MacAddress& own,
                       Enabled enabled) const {
  if (enabled.addresses && promiscuous_) return true;
  const auto vlan = vlan_of(frame);
  if (enabled.vlans && vlan && !vlans_[*vlan]) return false;
  if (!enabled.addresses) return true;
  MacAddress to;
  std::memcpy(to.data(), frame.data(), to.size());
  if (to == kBroadcast) return !no_broadcast_;
  return (to[0] & 1) != 0 ? accepts_multicast(to) : accepts_unicast(to, own);
}

bool RxFilter::accepts_unicast(const MacAddress& to, const MacAddress& own) const {
  return !no_unicast_ && (all_unicast_ || to == own || unicast_.holds(to));
}

bool RxFilter::accepts_multicast(const MacAddress& to) const {
  return !no_multicast_ && (all_multicast_ || multicast_.holds(to));
}

bool RxFilter::set_mode(uint8_t command, bool on) {
  bool* const modes[] = {&promiscuous_,  &all_multicast_, &all_unicast_,
                         &no_multicast_, &no_unicast_,    &no_broadcast_};
  if (command >= std::size(modes)) return false;
  *modes[command] = on;
  return true;
}

// Takes one table off the front of the payload. Nothing when it is cut short.
std::optional<RxFilter::Table> RxFilter::take_table(std::span<const std::byte>& payload) {
  uint32_t count;
  if (payload.size() < sizeof count) return std::nullopt;
  std::memcpy(&count, payload.data(), sizeof count);
  payload = payload.subspan(sizeof count);
  const uint64_t bytes = uint64_t{count} * sizeof(MacAddress);
  if (bytes > payload.size()) return std::nullopt;
  Table table;
  table.overflowed = count > kMaxAddresses;
  table.addresses.resize(table.overflowed ? 0 : count);
  for (size_t i = 0; i < table.addresses.size(); ++i) {
    std::memcpy(&table.addresses[i], payload.data() + i * sizeof(MacAddress), sizeof(MacAddress));
  }
  payload = payload.subspan(bytes);
  return table;
}

bool RxFilter::set_tables(std::span<const std::byte> payload) {
  auto unicast = take_table(payload);
  if (!unicast) return false;
  auto multicast = take_table(payload);
  if (!multicast || !payload.empty()) return false;
  unicast_ = std::move(*unicast);
  multicast_ = std::move(*multicast);
  return true;
}

bool RxFilter::set_vlan(uint16_t id, bool on) {
  if (id >= kVlans) return false;
  vlans_[id] = on;
  return true;
}

void RxFilter::visit_table(Archive& archive, Table& table) {
  archive.io(table.addresses, kMaxAddresses);
  archive.io(table.overflowed);
}

void RxFilter::visit(Archive& archive) {
  for (bool* mode : {&promiscuous_, &all_multicast_, &all_unicast_, &no_multicast_, &no_unicast_,
                     &no_broadcast_}) {
    archive.io(*mode);
  }
  visit_table(archive, unicast_);
  visit_table(archive, multicast_);
  for (unsigned base = 0; base < kVlans; base += 64) {
    uint64_t word = 0;
    for (unsigned i = 0; i < 64; ++i) word |= uint64_t{vlans_[base + i]} << i;
    archive.io(word);
    for (unsigned i = 0; i < 64; ++i) vlans_[base + i] = (word >> i & 1) != 0;
  }
}

}  // namespace vireo
