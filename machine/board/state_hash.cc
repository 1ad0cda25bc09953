#include "machine/board/state_hash.h"

#include <algorithm>
#include <cstring>

namespace vireo {
namespace {

// Odd constants of splitmix64, whose finaliser this is.
uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

bool all_zero(std::span<const std::byte> bytes) {
  return bytes[0] == std::byte{0} &&
         std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

}  // namespace

void StateHash::add(uint64_t value) { state_ = mix(state_ ^ value) + 0x9e3779b97f4a7c15; }

void StateHash::add(std::span<const std::byte> bytes) {
  add(uint64_t{bytes.size()});
  while (!bytes.empty()) {
    uint64_t word = 0;
    const size_t count = std::min(bytes.size(), sizeof(word));
    std::memcpy(&word, bytes.data(), count);
    add(word);
    bytes = bytes.subspan(count);
  }
}

void StateHash::add(Device& device) {
  Archive archive = Archive::saver();
  device.visit(archive);
  add(device.name());
  add(archive.bytes());
}

void StateHash::add(const GuestMemory& memory) {
  std::vector<std::byte> page(kPageSize);
  for (const auto* regions : {&memory.regions(), &memory.hidden_regions()}) {
    for (const RamRegion& region : *regions) {
      for (uint64_t offset = 0; offset < region.size; offset += kPageSize) {
        const GuestAddr at = region.base + offset;
        if (!memory.read_as_cpu(at, page) || all_zero(page)) continue;
        add(at.value);
        add(page);
      }
    }
  }
}

}  // namespace vireo
