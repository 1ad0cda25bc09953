// Instructions that raise interrupts: INT n, INT3, INT1, INTO (SDM 2A "INT n").
#include "cpu/exec/operands.h"
#include "cpu/exec/v86.h"

namespace vireo {
namespace {

Status software_interrupt(Cpu& cpu, const Op* op, uint8_t vector, Cpu::EventKind kind) {
  return cpu.deliver(kind, vector, false, 0, cpu.rip_after(op));
}

}  // namespace

namespace sys {

Status int_n(Cpu& cpu, const Op* op) {
  const uint8_t vector = static_cast<uint8_t>(op->imm);
  if (cpu.v86()) return v86_interrupt(cpu, vector, cpu.rip_after(op));
  return software_interrupt(cpu, op, vector, Cpu::EventKind::kSoftware);
}

Status int3(Cpu& cpu, const Op* op) {
  return software_interrupt(cpu, op, kVectorBp, Cpu::EventKind::kSoftware);
}

Status int1(Cpu& cpu, const Op* op) {
  return software_interrupt(cpu, op, kVectorDb, Cpu::EventKind::kPrivilegedSoftware);
}

Status into(Cpu& cpu, const Op* op) {
  if (cpu.flags & kPackedOf) {
    return software_interrupt(cpu, op, kVectorOf, Cpu::EventKind::kSoftware);
  }
  cpu.rip = cpu.rip_after(op);
  if (cpu.debug_control & kDebugControlBtf) cpu.trap_cancelled = true;  // no branch
  return Status::kOk;
}

}  // namespace sys
}  // namespace vireo
