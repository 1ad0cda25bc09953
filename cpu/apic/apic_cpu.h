// What a local APIC needs from the processor core that it belongs to.
#pragma once

#include <cstdint>

namespace vireo {

// Implemented by the CPU. Every call may come in the middle of an instruction
// (the guest's store to the APIC) or between two (a timer, a device): note the
// fact, act at the next instruction boundary.
class ApicCpu {
 public:
  virtual ~ApicCpu() = default;
  // has_interrupt() of the APIC may give another answer than before: a CPU that
  // runs or waits looks again at the next instruction boundary.
  virtual void interrupt_changed() = 0;
  // One NMI was delivered (LINT1, an IPI, a message). Further ones merge.
  virtual void nmi() = 0;
  virtual void smi() = 0;
  // INIT (SDM 3A 9.4.4): an application processor then waits for start_up. The
  // CPU resets its own APIC with LocalApic::init() when it acts on it.
  virtual void init() = 0;
  // SIPI: begin in real mode at vector * 4096 if waiting for it, else ignore.
  virtual void start_up(uint8_t vector) = 0;
};

// The relation of the CPU's time-stamp counter to virtual time.
class TscSource {
 public:
  virtual ~TscSource() = default;
  virtual uint64_t tsc_now() const = 0;
  // The earliest virtual time at which the counter has reached `tsc`;
  // UINT64_MAX when that is never.
  virtual uint64_t ns_at_tsc(uint64_t tsc) const = 0;
};

}  // namespace vireo
