#include "machine/board/virtio/adapt_rom.h"

#include <string_view>

namespace vireo {
namespace {

// Offsets in the image's header and in its data structure, which that points to.
constexpr size_t kLength = 2, kChecksum = 6, kDataPointer = 0x18;
constexpr size_t kVendor = 4, kDevice = 6, kCodeType = 20, kDataBytes = 24;
constexpr uint16_t kSignature = 0xaa55;
constexpr std::string_view kDataSignature = "PCIR";
constexpr std::byte kForPcs{0};

uint16_t word(std::span<const std::byte> bytes, size_t at) {
  return static_cast<uint16_t>(std::to_integer<unsigned>(bytes[at]) |
                               std::to_integer<unsigned>(bytes[at + 1]) << 8);
}

bool is_data(std::span<const std::byte> image, size_t at) {
  if (image.size() < kDataBytes || at > image.size() - kDataBytes) return false;
  return std::string_view(reinterpret_cast<const char*>(image.data()) + at,
                          kDataSignature.size()) == kDataSignature;
}

// All bytes of an image add up to zero.
void settle_checksum(std::span<std::byte> image) {
  unsigned sum = 0;
  for (const std::byte byte : image) sum += std::to_integer<unsigned>(byte);
  image[kChecksum] = static_cast<std::byte>(std::to_integer<unsigned>(image[kChecksum]) - sum);
}

}  // namespace

void adapt_rom(std::span<std::byte> image, uint16_t vendor, uint16_t device) {
  constexpr size_t kUnit = 512;
  if (image.size() < kUnit || word(image, 0) != kSignature) return;
  const size_t length = std::to_integer<size_t>(image[kLength]) * kUnit;
  const size_t data = word(image, kDataPointer);
  if (length == 0 || length > image.size() || !is_data(image.first(length), data)) return;
  if (image[data + kCodeType] != kForPcs || word(image, data + kVendor) != vendor) return;
  if (word(image, data + kDevice) == device) return;
  image[data + kDevice] = static_cast<std::byte>(device);
  image[data + kDevice + 1] = static_cast<std::byte>(device >> 8);
  settle_checksum(image.first(length));
}

}  // namespace vireo
