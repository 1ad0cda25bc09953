// What comes from outside the machine, as a recording keeps it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace vireo {

enum class OutsideKind : uint8_t {
  kSource,   // a channel or network was opened, with this number; its name in `data`
  kValue,    // the answer to a question that is asked at a certain place of the run only
  kLevel,    // the answer to one that is asked often has become another
  kBytes,    // input of a channel
  kArrival,  // somebody came to the far end of a channel
  kFrame,    // a packet
  kWait,     // so many ns passed on the host while the machine was idle
  kStop,     // a signal or Ctrl-A X
  kCheck,    // a checksum of the processors, for finding where a replay differs
  kEnd,      // the run ended here; its result in `data`
};
inline constexpr uint8_t kOutsideKinds = 10;

// "input", "packet": for messages.
const char* outside_kind_name(OutsideKind kind);

struct OutsideEvent {
  OutsideKind kind = OutsideKind::kValue;
  uint32_t source = 0;  // which channel or question; 0 where there is one only
  // When: a moment of the machine, which runs only as long as nothing comes from outside.
  uint64_t instructions = 0;
  uint64_t virtual_ns = 0;
  // How often its question had been asked at that moment before: two may ask the same channel
  // there, and each gets in a replay what it got.
  uint64_t asked = 0;
  uint64_t value = 0;
  std::vector<std::byte> data;

  bool operator==(const OutsideEvent&) const = default;
};

// "input of serial0 at instruction 17 (0.000000017 s)"
std::string describe(const OutsideEvent& event, const std::string& source_name);

}  // namespace vireo
