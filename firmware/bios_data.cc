#include "firmware/bios_data.h"

#include <algorithm>

#include "firmware/address_map.h"

namespace vireo {
namespace {

constexpr GuestAddr kComPorts{0x400};  // four 16-bit port numbers
constexpr GuestAddr kEbdaSegment{0x40E};
constexpr GuestAddr kEquipment{0x410};
constexpr GuestAddr kMemoryKiB{0x413};  // conventional memory below the EBDA
constexpr size_t kMaxComPorts = 4;

uint16_t equipment_word(size_t com_ports) {
  constexpr uint16_t kMathProcessor = 1 << 1;
  constexpr unsigned kComPortsShift = 9;
  return static_cast<uint16_t>(kMathProcessor | com_ports << kComPortsShift);
}

}  // namespace

bool write_bios_data(const PlatformDescription& platform, GuestMemory& memory) {
  constexpr uint8_t kEbdaKiB = 1;  // its first byte is its size
  const size_t ports = std::min(platform.uarts.size(), kMaxComPorts);
  bool ok = memory.write(kEbda, kEbdaKiB);
  for (size_t i = 0; i < ports; ++i) {
    ok = ok && memory.write(kComPorts + 2 * i, platform.uarts[i].port);
  }
  ok = ok && memory.write(kEbdaSegment, static_cast<uint16_t>(kEbda.value >> 4));
  ok = ok && memory.write(kEquipment, equipment_word(ports));
  return ok && memory.write(kMemoryKiB, static_cast<uint16_t>(kEbda.value >> 10));
}

}  // namespace vireo
