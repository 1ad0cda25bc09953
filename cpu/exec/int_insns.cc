// Instructions that raise interrupts: INT n, INT3, INT1, INTO (SDM 2A "INT n").
#include "cpu/exec/operands.h"

namespace vireo {
namespace {

Status software_interrupt(Cpu& cpu, const Op* op, uint8_t vector, Cpu::EventKind kind) {
  return cpu.deliver(kind, vector, false, 0, cpu.rip_after(op));
}

}  // namespace

namespace sys {

Status int_n(Cpu& cpu, const Op* op) {
  if (cpu.v86() && cpu.iopl() < 3) return cpu.raise(kVectorGp, 0);
  return software_interrupt(cpu, op, static_cast<uint8_t>(op->imm), Cpu::EventKind::kSoftware);
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
  return Status::kOk;
}

}  // namespace sys
}  // namespace vireo
