// A number that stands for the whole state of a machine: what determinism tests
// compare.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "machine/base/device.h"
#include "machine/base/guest_memory.h"

namespace vireo {

// Order matters; the same calls give the same value on every host.
class StateHash {
 public:
  void add(uint64_t value);
  void add(std::span<const std::byte> bytes);
  void add(std::string_view text) { add(std::as_bytes(std::span(text.data(), text.size()))); }
  // Name and saved state.
  void add(Device& device);
  // Pages of zeros count as if they were not there, touched or not.
  void add(const GuestMemory& memory);

  uint64_t value() const { return state_; }

 private:
  uint64_t state_ = 0x6a09e667f3bcc908;
};

}  // namespace vireo
