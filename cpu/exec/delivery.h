// Delivery of one event through the interrupt vector or descriptor table, for
// each of the processor's modes (SDM 3A 6.12, 6.14, 20.1.4).
#pragma once

#include <cstdint>

#include "cpu/cpu.h"

namespace vireo {

struct GuestEvent {
  Cpu::EventKind kind;
  uint8_t vector;
  bool has_error;
  uint32_t error_code;
  uint64_t return_rip;

  // INT n, INT3, INTO and INT1, which end with the delivery.
  bool by_instruction() const {
    return kind == Cpu::EventKind::kSoftware || kind == Cpu::EventKind::kPrivilegedSoftware;
  }
  // INT n, INT3 and INTO obey the gate's DPL; INT1 and events do not.
  bool obeys_gate_dpl() const { return kind == Cpu::EventKind::kSoftware; }
  // The EXT bit of error codes which arise while delivering.
  uint32_t ext() const { return kind == Cpu::EventKind::kSoftware ? 0 : 1; }
  // The frame's RFLAGS.RF is set, so that the instruction which runs again does
  // not meet its own breakpoint again: for faults, and between the iterations of
  // a REP instruction (SDM 3B 18.3.1.1).
  bool resumes = false;
};

// RFLAGS as the frame of `event` shows it.
uint64_t frame_flags(const Cpu& cpu, const GuestEvent& event);

// Either everything changes (registers, stack) but the caches of mode_changed(),
// or a fault is pending and no register has changed.
Status deliver_real(Cpu& cpu, const GuestEvent& event);
Status deliver_protected(Cpu& cpu, const GuestEvent& event);
Status deliver_long(Cpu& cpu, const GuestEvent& event);

// One line for -d int, and an event.
void log_event(Cpu& cpu, const GuestEvent& event);

// The code segment that an interrupt or trap gate names, checked as SDM 3A
// 6.12.1.1 says. False: a fault is pending.
struct GateTarget {
  Segment code;
  unsigned cpl = 0;
};
bool fetch_gate_target(Cpu& cpu, uint16_t selector, uint32_t ext, GateTarget& out);

// RFLAGS after delivery; IF only falls through an interrupt gate.
uint64_t flags_in_handler(uint64_t rflags, bool interrupt_gate);

}  // namespace vireo
