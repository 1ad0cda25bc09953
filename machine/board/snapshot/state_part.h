// The named pieces that make up the state of a machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "machine/base/archive.h"
#include "machine/base/result.h"

namespace vireo {

// One device, the clock, the run loop: what one function saves and loads. A change to what that
// function names is a new version.
struct StatePart {
  std::string name;  // unique within a machine
  uint32_t version = 1;
  std::function<void(Archive&)> visit;
  // What a machine may have without its state being that of another: a schedule, a watch. It
  // keeps the state it has where a snapshot has none for it, and is left out where it is gone.
  bool optional = false;
};

// What one part saved.
struct StateSection {
  std::string name;
  uint32_t version = 1;
  bool optional = false;
  std::vector<std::byte> bytes;
};

std::vector<StateSection> save_parts(std::span<const StatePart> parts);

// Whether each part finds its section, and each section its part. `source` names the snapshot.
Result<void> match_parts(std::span<const StatePart> parts, std::span<const StateSection> sections,
                         const std::string& source);

// Loads each part in order, after match_parts(). An error, which names the section, leaves the
// machine in between: the caller loads another state or gives it up.
Result<void> load_parts(std::span<const StatePart> parts, std::span<const StateSection> sections,
                        const std::string& source);

}  // namespace vireo
