// Outside events as bytes: numbers of variable length, times as differences.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "machine/board/outside/outside_event.h"

namespace vireo {

// Times count from the event before, so one codec goes through a log from its beginning. An event
// takes some 6 bytes and its data.
class EventEncoder {
 public:
  void append(std::vector<std::byte>& out, const OutsideEvent& event);

 private:
  uint64_t instructions_ = 0;
  uint64_t virtual_ns_ = 0;
};

class EventDecoder {
 public:
  // Takes one event from the front; nothing when what is there is none. Any bytes may come.
  std::optional<OutsideEvent> take(std::span<const std::byte>& bytes);

 private:
  uint64_t instructions_ = 0;
  uint64_t virtual_ns_ = 0;
};

}  // namespace vireo
