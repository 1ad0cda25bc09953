// What every chip and function of the machine has in common.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "machine/base/archive.h"

namespace vireo {

// Takes one figure of what a device has done since power-on: "requests", 17.
using CounterVisitor = std::function<void(std::string_view counter, uint64_t value)>;
// The same with the device's name.
using DeviceCounterVisitor =
    std::function<void(std::string_view device, std::string_view counter, uint64_t value)>;

// A pure state machine: registers in, registers out, interrupt levels out. It
// knows no host file, thread or wall clock. The board wires it up and calls:
//
//   reset()          first phase of a reset: own registers to their power-on
//                    values, own events cancelled. Must not touch other devices.
//   reset_outputs()  second phase, after every device's reset(): drive interrupt
//                    lines and mappings to match the new state.
//   visit(archive)   saves or loads all state a guest could notice. Must not
//                    touch other devices; interrupt lines are restored without
//                    edges (IrqLine::restore).
class Device {
 public:
  virtual ~Device() = default;
  // Unique within a machine and stable over versions: names the snapshot section.
  virtual std::string_view name() const = 0;
  virtual void reset() = 0;
  virtual void reset_outputs() {}
  virtual void visit(Archive& archive) = 0;
  // What it counts, for reports; no guest sees it, and it is the same in each run.
  virtual void for_each_counter(const CounterVisitor&) const {}
};

}  // namespace vireo
