#include "images/disk/qcow2/refcount_block.h"

#include "images/disk/big_endian.h"

namespace vireo::qcow2 {

uint64_t max_count(unsigned order) {
  const unsigned bits = 1u << order;
  return bits == 64 ? UINT64_MAX : (uint64_t{1} << bits) - 1;
}

// Counts of less than a byte begin at its lowest bits.
uint64_t get_count(const std::byte* block, unsigned order, uint64_t index) {
  if (order < 3) {
    const uint64_t bit = index << order;
    return static_cast<uint64_t>(block[bit / 8]) >> bit % 8 & max_count(order);
  }
  const std::byte* at = block + (index << (order - 3));
  if (order == 3) return load_big<uint8_t>(at);
  if (order == 4) return load_big<uint16_t>(at);
  return order == 5 ? load_big<uint32_t>(at) : load_big<uint64_t>(at);
}

void set_count(std::byte* block, unsigned order, uint64_t index, uint64_t count) {
  if (order < 3) {
    const uint64_t bit = index << order;
    const auto mask = static_cast<uint8_t>(max_count(order) << bit % 8);
    const auto value = static_cast<uint8_t>(count << bit % 8);
    block[bit / 8] = (block[bit / 8] & ~std::byte{mask}) | std::byte{value};
    return;
  }
  std::byte* at = block + (index << (order - 3));
  if (order == 3) store_big<uint8_t>(at, static_cast<uint8_t>(count));
  if (order == 4) store_big<uint16_t>(at, static_cast<uint16_t>(count));
  if (order == 5) store_big<uint32_t>(at, static_cast<uint32_t>(count));
  if (order == 6) store_big<uint64_t>(at, count);
}

}  // namespace vireo::qcow2
