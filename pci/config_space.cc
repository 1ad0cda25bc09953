#include "pci/config_space.h"

#include <cassert>

#include "pci/config_registers.h"

namespace vireo {

ConfigSpace::ConfigSpace(unsigned size) : size_(size) {
  assert(size == kPciConventionalConfig || size == kPciExpressConfig);
}

uint64_t ConfigSpace::take(const Bytes& bytes, unsigned offset, unsigned size) {
  uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) value |= uint64_t{bytes[offset + i]} << (8 * i);
  return value;
}

void ConfigSpace::put(Bytes& bytes, unsigned offset, unsigned size, uint64_t value) {
  assert(offset + size <= kPciExpressConfig);
  for (unsigned i = 0; i < size; ++i) bytes[offset + i] = static_cast<uint8_t>(value >> (8 * i));
}

void ConfigSpace::define_bytes(unsigned offset, unsigned size, uint64_t value, uint64_t writable,
                               uint64_t clear_on_one) {
  assert(offset + size <= size_);
  put(bytes_, offset, size, value);
  put(reset_, offset, size, value);
  put(writable_, offset, size, take(writable_, offset, size) | writable);
  put(clear_on_one_, offset, size, take(clear_on_one_, offset, size) | clear_on_one);
}

uint32_t ConfigSpace::read(unsigned offset, unsigned size) const {
  uint32_t value = 0;
  for (unsigned i = 0; i < size && i < 4; ++i) {
    const unsigned at = offset + i;
    value |= uint32_t{at < size_ ? bytes_[at] : uint8_t{0xff}} << (8 * i);
  }
  return value;
}

void ConfigSpace::write(unsigned offset, unsigned size, uint32_t value) {
  for (unsigned i = 0; i < size && i < 4; ++i) {
    const unsigned at = offset + i;
    if (at >= size_) return;
    const auto in = static_cast<uint8_t>(value >> (8 * i));
    const uint8_t kept = bytes_[at] & static_cast<uint8_t>(~writable_[at]);
    const uint8_t cleared = in & clear_on_one_[at];
    bytes_[at] = static_cast<uint8_t>((kept | (in & writable_[at])) & ~cleared);
  }
}

unsigned ConfigSpace::add_capability(uint8_t id, unsigned length, unsigned at) {
  const unsigned offset = at != 0 ? at : next_capability_;
  assert(offset % 4 == 0 && offset >= next_capability_ && length >= 2);
  assert(offset + length <= kPciConventionalConfig);
  define<uint8_t>(offset, id);
  define<uint8_t>(offset + 1, 0);
  define<uint8_t>(last_capability_link_, static_cast<uint8_t>(offset));
  last_capability_link_ = offset + 1;
  next_capability_ = (offset + length + 3) & ~3u;
  const auto status =
      static_cast<uint16_t>(get<uint16_t>(pci_reg::kStatus) | pci_reg::kStatusCapabilities);
  define<uint16_t>(pci_reg::kStatus, status);
  return offset;
}

// The header is one dword: id 15:0, version 19:16, next 31:20 (PCIe 7.6.3).
unsigned ConfigSpace::add_extended_capability(uint16_t id, uint8_t version, unsigned length) {
  const unsigned offset = next_extended_;
  assert(length >= 4 && offset + length <= size_);
  define<uint32_t>(offset, id | uint32_t{version} << 16);
  if (last_extended_ != 0) {
    define<uint32_t>(last_extended_, get<uint32_t>(last_extended_) | offset << 20);
  }
  last_extended_ = offset;
  next_extended_ = (offset + length + 3) & ~3u;
  return offset;
}

void ConfigSpace::visit(Archive& archive) {
  for (unsigned i = 0; i < size_; ++i) archive.io(bytes_[i]);
}

}  // namespace vireo
