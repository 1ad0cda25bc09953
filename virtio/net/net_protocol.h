// The wire format of virtio-net: feature bits, configuration layout, packet header, control
// commands (VirtIO 1.4 section 5.1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "virtio/features.h"

namespace vireo::virtio_net {

// Section 5.1.3. GUEST_: what the driver can receive; HOST_: what it may send.
inline constexpr uint64_t kCsum = feature_bit(0);
inline constexpr uint64_t kGuestCsum = feature_bit(1);
inline constexpr uint64_t kCtrlGuestOffloads = feature_bit(2);
inline constexpr uint64_t kMtu = feature_bit(3);
inline constexpr uint64_t kMac = feature_bit(5);
inline constexpr uint64_t kGuestTso4 = feature_bit(7);
inline constexpr uint64_t kGuestTso6 = feature_bit(8);
inline constexpr uint64_t kGuestEcn = feature_bit(9);
inline constexpr uint64_t kHostTso4 = feature_bit(11);
inline constexpr uint64_t kHostTso6 = feature_bit(12);
inline constexpr uint64_t kHostEcn = feature_bit(13);
inline constexpr uint64_t kMrgRxbuf = feature_bit(15);
inline constexpr uint64_t kStatus = feature_bit(16);
inline constexpr uint64_t kCtrlVq = feature_bit(17);
inline constexpr uint64_t kCtrlRx = feature_bit(18);
inline constexpr uint64_t kCtrlVlan = feature_bit(19);
inline constexpr uint64_t kCtrlRxExtra = feature_bit(20);
inline constexpr uint64_t kGuestAnnounce = feature_bit(21);
inline constexpr uint64_t kMultiQueue = feature_bit(22);
inline constexpr uint64_t kCtrlMacAddr = feature_bit(23);
inline constexpr uint64_t kSpeedDuplex = feature_bit(63);

// What CTRL_GUEST_OFFLOADS switches (section 5.1.9.5.8).
inline constexpr uint64_t kOffloadMask = kGuestCsum | kGuestTso4 | kGuestTso6 | kGuestEcn;

using MacAddress = std::array<uint8_t, 6>;

// Device configuration (section 5.1.4) up to duplex.
struct Config {
  MacAddress mac;
  uint16_t status;
  uint16_t max_pairs;
  uint16_t mtu;
  uint32_t speed;  // Mb/s
  uint8_t duplex;  // 1: full
  uint8_t unused[3];
};
static_assert(offsetof(Config, status) == 6 && offsetof(Config, mtu) == 10 &&
              offsetof(Config, speed) == 12 && offsetof(Config, duplex) == 16);

inline constexpr uint16_t kLinkUp = 1;
inline constexpr uint16_t kAnnounce = 2;
inline constexpr uint8_t kFullDuplex = 1;
inline constexpr uint32_t kSpeedUnknown = UINT32_MAX;
inline constexpr uint8_t kDuplexUnknown = 0xff;

// In front of every packet, both ways (section 5.1.9). Without VERSION_1 and MRG_RXBUF it
// ends before num_buffers.
struct Header {
  uint8_t flags;
  uint8_t gso_type;
  uint16_t hdr_len;
  uint16_t gso_size;
  uint16_t csum_start;
  uint16_t csum_offset;
  uint16_t num_buffers;
};
static_assert(sizeof(Header) == 12);
inline constexpr uint32_t kLegacyHeaderBytes = 10;

inline constexpr uint8_t kFlagNeedsCsum = 1;
inline constexpr uint8_t kFlagDataValid = 2;
inline constexpr uint8_t kGsoNone = 0;
inline constexpr uint8_t kGsoTcp4 = 1;
inline constexpr uint8_t kGsoTcp6 = 4;
inline constexpr uint8_t kGsoEcn = 0x80;

constexpr uint32_t header_bytes(uint64_t features) {
  const bool whole = features & (virtio_feature::kVersion1 | kMrgRxbuf);
  return whole ? sizeof(Header) : kLegacyHeaderBytes;
}

// Control commands (section 5.1.9.5).
struct ControlHeader {
  uint8_t command_class;
  uint8_t command;
};
enum class ControlAck : uint8_t { kOk = 0, kError = 1 };

namespace control_class {
inline constexpr uint8_t kRx = 0, kMac = 1, kVlan = 2, kAnnounce = 3, kMq = 4, kOffloads = 5;
}
namespace rx_command {
inline constexpr uint8_t kPromisc = 0, kAllMulti = 1, kAllUni = 2, kNoMulti = 3, kNoUni = 4,
                         kNoBroadcast = 5;
}
namespace mac_command {
inline constexpr uint8_t kTableSet = 0, kAddrSet = 1;
}
namespace vlan_command {
inline constexpr uint8_t kAdd = 0, kDel = 1;
}

}  // namespace vireo::virtio_net
