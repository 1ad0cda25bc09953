// The counts in a refcount block of qcow2: 1 << order bits each, orders 0 to 6.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vireo::qcow2 {

// The largest count of that width.
uint64_t max_count(unsigned order);

uint64_t get_count(const std::byte* block, unsigned order, uint64_t index);
void set_count(std::byte* block, unsigned order, uint64_t index, uint64_t count);

}  // namespace vireo::qcow2
