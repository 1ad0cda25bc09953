// The one clock that a guest can see: a function of retired instructions.
#pragma once

#include <cstdint>

namespace vireo {

// Virtual time in nanoseconds since power-on: retired instructions times
// 2^shift, plus the idle time that was skipped and the time spent waiting for
// devices (Cpu::kDeviceReadNs). The CPU keeps the instruction
// count exact whenever a device can look (before each port or MMIO access).
class VirtualClock {
 public:
  explicit VirtualClock(unsigned shift = 0) : shift_(shift) {}

  uint64_t now_ns() const { return (instructions_ << shift_) + idle_ns_; }
  uint64_t instructions() const { return instructions_; }
  unsigned shift() const { return shift_; }

  // Called by the CPU; never goes back.
  void set_instructions(uint64_t retired) { instructions_ = retired; }
  // Called by the run loop when every CPU waits, and by a CPU that waits for a
  // device: time jumps ahead.
  void skip_idle(uint64_t ns) { idle_ns_ += ns; }

  // How many instructions may still retire before `deadline_ns` is reached
  // (rounded up, 0 when it has passed).
  uint64_t instructions_until(uint64_t deadline_ns) const {
    const uint64_t now = now_ns();
    if (deadline_ns <= now) return 0;
    return (deadline_ns - now + (uint64_t{1} << shift_) - 1) >> shift_;
  }

  template <typename Archive>
  void visit(Archive& archive) {
    archive.io(instructions_);
    archive.io(idle_ns_);
  }

 private:
  unsigned shift_;
  uint64_t instructions_ = 0;
  uint64_t idle_ns_ = 0;
};

}  // namespace vireo
