// The words of virtio-input: configuration and events (VirtIO 1.4 section 5.8), and those of
// Linux's event interface (evdev) that it refers to.
#pragma once

#include <cstdint>

namespace vireo::virtio_input {

// Section 5.8.2.
inline constexpr unsigned kEventQueue = 0, kStatusQueue = 1;

// Section 5.8.4: the driver writes select and subsel, and reads how much there is of what.
enum class Select : uint8_t {
  kUnset = 0x00,
  kIdName = 0x01,
  kIdSerial = 0x02,
  kIdDevids = 0x03,
  kPropBits = 0x10,
  kEvBits = 0x11,
  kAbsInfo = 0x12,
};
inline constexpr uint32_t kUnionBytes = 128;
struct Config {
  Select select = Select::kUnset;
  uint8_t subsel = 0;
  uint8_t size = 0;
  uint8_t reserved[5] = {};
  uint8_t bytes[kUnionBytes] = {};
};
static_assert(sizeof(Config) == 136);

struct DevIds {
  uint16_t bustype, vendor, product, version;
};
struct AbsInfo {
  uint32_t min, max, fuzz, flat, res;
};

// Section 5.8.6.
struct Event {
  uint16_t type = 0, code = 0;
  uint32_t value = 0;
  bool operator==(const Event&) const = default;
};
static_assert(sizeof(Event) == 8);

// evdev: types of events, and their codes.
inline constexpr uint16_t kEvSyn = 0, kEvKey = 1, kEvRel = 2, kEvAbs = 3, kEvLed = 0x11,
                          kEvRep = 0x14;
inline constexpr uint16_t kSynReport = 0;
inline constexpr uint16_t kRelX = 0, kRelY = 1, kRelWheel = 8;
inline constexpr uint16_t kAbsX = 0, kAbsY = 1;
inline constexpr uint16_t kLedNumLock = 0, kLedCapsLock = 1, kLedScrollLock = 2;
inline constexpr uint16_t kBtnLeft = 0x110, kBtnRight = 0x111, kBtnMiddle = 0x112;
inline constexpr uint16_t kBusVirtual = 6;

// Both axes of a tablet reach from 0 to this.
inline constexpr uint32_t kAbsMax = 0x7fff;

}  // namespace vireo::virtio_input
