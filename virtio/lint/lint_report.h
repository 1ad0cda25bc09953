// Where the findings of the driver lint go: each kind once for each device, then a summary.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "virtio/lint/rule.h"

namespace vireo {

// Where the guest's program stands.
struct GuestPlace {
  uint64_t instructions = 0;  // executed since power-on
  uint64_t time_ns = 0;       // virtual
  uint64_t rip = 0;           // of the instruction that is being executed, or comes next
  unsigned cpu = 0;
};

// Shared by all watched devices of a machine.
class LintReport {
 public:
  // `line` takes each line of the report, without its end.
  LintReport(std::function<GuestPlace()> place, std::function<void(const std::string&)> line)
      : place_(std::move(place)), line_(std::move(line)) {}

  // A device is watched from now on, so that the summary can call it clean.
  void add_device(std::string_view device);
  // The driver of `device` broke `rule`; `state` tells the registers or the ring as they
  // are. Written out the first time, counted always.
  void breach(LintRule rule, std::string_view device, std::string_view state);

  // Breaches of a rule by a device's driver so far.
  uint64_t count(LintRule rule, std::string_view device) const;
  // One line for each device, then one for the whole: for the end of a run.
  void summarise() const;

 private:
  using Counts = std::map<LintRule, uint64_t>;
  struct Device {
    std::string name;
    Counts counts;
  };
  Device& device(std::string_view name);

  std::function<GuestPlace()> place_;
  std::function<void(const std::string&)> line_;
  std::vector<Device> devices_;  // in the order in which they were added
};

}  // namespace vireo
