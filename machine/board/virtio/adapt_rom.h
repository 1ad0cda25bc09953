// Expansion ROMs for all forms of a device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace vireo {

// Firmware runs an image for PCs only on the function that the image names (PCI Firmware 3.0
// section 5.1.2), while a virtio device has one id in its transitional and another in its modern
// form. Makes the first image, where it is one for PCs of the same vendor, name this device, and
// its checksum right. Any other is left as it is.
void adapt_rom(std::span<std::byte> image, uint16_t vendor, uint16_t device);

}  // namespace vireo
