// IN, OUT, INS, OUTS with the I/O permission bitmap (SDM 1, 19.5).
#include "cpu/exec/operands.h"
#include "cpu/exec/system_access.h"

namespace vireo {
namespace {

// The bitmap of the TSS allows the ports when all their bits are clear. It may
// be read one byte past the last port's byte, hence the 0xff that ends it.
bool bitmap_allows(Cpu& cpu, uint16_t port, unsigned size, bool& fault) {
  fault = false;
  const bool has_bitmap = cpu.tr.present() && (cpu.tr.type() & 8) && cpu.tr.limit >= 103;
  if (!has_bitmap) return false;
  uint16_t map, bits;
  fault = !read_system(cpu, cpu.tr.base + 102, map);
  if (fault) return false;
  const uint32_t offset = map + port / 8u;
  if (offset + 1 > cpu.tr.limit) return false;
  fault = !read_system(cpu, cpu.tr.base + offset, bits);
  return !fault && (bits >> (port & 7) & ((1u << size) - 1)) == 0;
}

Status check_port(Cpu& cpu, uint16_t port, unsigned size) {
  if (!cpu.protected_mode()) return Status::kOk;
  if (cpu.cpl <= cpu.iopl() && !cpu.v86()) return Status::kOk;
  bool fault;
  if (bitmap_allows(cpu, port, size, fault)) return Status::kOk;
  return fault ? Status::kFault : cpu.raise(kVectorGp, 0);
}

unsigned port_size(const Op* op) { return operand_size(op) == 8 ? 4 : operand_size(op); }

uint16_t port_of(const Cpu& cpu, const Op* op) {
  return static_cast<uint16_t>(op->aux & kAuxImmediate ? op->imm & 0xff : cpu.regs[kRdx]);
}

uint64_t address_mask(const Op* op) { return low_bytes(~uint64_t{0}, op->addr_size); }

void step_register(Cpu& cpu, const Op* op, unsigned number, int64_t by) {
  write_gpr(cpu, number, op->addr_size, cpu.regs[number] + by);
}

Linear string_operand(Cpu& cpu, const Op* op, unsigned number) {
  const uint64_t offset = cpu.regs[number] & address_mask(op);
  if (cpu.code_mode == CodeMode::k64) return {offset + cpu.seg_base[op->seg], true};
  return legacy_linear(cpu, op, offset);
}

// Bits of PortInstruction::info.
enum PortAccess : uint32_t { kOutput = 0, kInput = 1, kValid = 2, kString = 4, kRepeated = 8 };

// The port is about to be reached: who wants to know of it.
void note_access(Cpu& cpu, const Op* op, uint16_t port, unsigned size, uint32_t kind) {
  cpu.sync_clock(op);
  PortInstruction insn;
  insn.rip = cpu.rip_of(op);
  insn.rcx = cpu.regs[kRcx];
  insn.rsi = cpu.regs[kRsi];
  insn.rdi = cpu.regs[kRdi];
  const bool repeated = (kind & kString) && (op->aux & kAuxRep);
  insn.info = uint32_t{port} << 16 | size << 4 | (repeated ? kRepeated : 0u) | kValid | kind;
  cpu.port_accessed(op, port, size, insn);
}

// One element done: RIP stays at the instruction while elements are left, so
// that interrupts come between them.
Status finish_element(Cpu& cpu, const Op* op, unsigned pointer) {
  const int64_t size = port_size(op);
  step_register(cpu, op, pointer, cpu.rflags & kFlagDf ? -size : size);
  cpu.rip = cpu.rip_after(op);
  if (!(op->aux & kAuxRep)) return Status::kOk;
  step_register(cpu, op, kRcx, -1);
  if ((cpu.regs[kRcx] & address_mask(op)) != 0) {
    cpu.rip = cpu.rip_of(op);
    cpu.between_iterations = true;
  }
  return Status::kOk;
}

bool nothing_left(Cpu& cpu, const Op* op) {
  if (!(op->aux & kAuxRep) || (cpu.regs[kRcx] & address_mask(op)) != 0) return false;
  cpu.rip = cpu.rip_after(op);
  return true;
}

}  // namespace

namespace sys {

Status in(Cpu& cpu, const Op* op) {
  const unsigned size = port_size(op);
  const uint16_t port = port_of(cpu, op);
  if (check_port(cpu, port, size) != Status::kOk) return Status::kFault;
  note_access(cpu, op, port, size, kInput);
  write_gpr(cpu, kRax, size, cpu.ports().read(port, size));
  return Status::kOk;
}

Status out(Cpu& cpu, const Op* op) {
  const unsigned size = port_size(op);
  const uint16_t port = port_of(cpu, op);
  if (check_port(cpu, port, size) != Status::kOk) return Status::kFault;
  note_access(cpu, op, port, size, kOutput);
  cpu.ports().write(port, size, low_bytes(cpu.regs[kRax], size));
  return Status::kOk;
}

// The destination is probed first: a byte taken from a device must not be lost.
// Stepping is asked for because the destination may be a device as well.
Status ins(Cpu& cpu, const Op* op) {
  if (nothing_left(cpu, op)) return Status::kOk;
  const unsigned size = port_size(op);
  const uint16_t port = static_cast<uint16_t>(cpu.regs[kRdx]);
  if (check_port(cpu, port, size) != Status::kOk) return Status::kFault;
  const Linear to = string_operand(cpu, op, kRdi);
  if (!to.ok) return Status::kFault;
  if (!cpu.stepping) return cpu.restart_alone();
  if (!probe_write(cpu, op, to.va, size)) return Status::kFault;
  note_access(cpu, op, port, size, kInput | kString);
  if (!store_sized(cpu, op, to.va, cpu.ports().read(port, size), size)) return Status::kFault;
  return finish_element(cpu, op, kRdi);
}

Status outs(Cpu& cpu, const Op* op) {
  if (nothing_left(cpu, op)) return Status::kOk;
  const unsigned size = port_size(op);
  const uint16_t port = static_cast<uint16_t>(cpu.regs[kRdx]);
  if (check_port(cpu, port, size) != Status::kOk) return Status::kFault;
  const Linear from = string_operand(cpu, op, kRsi);
  if (!from.ok) return Status::kFault;
  const auto value = load_sized(cpu, op, from.va, size);
  if (!value.ok) return Status::kFault;
  note_access(cpu, op, port, size, kOutput | kString);
  cpu.ports().write(port, size, value.value);
  return finish_element(cpu, op, kRsi);
}

}  // namespace sys
}  // namespace vireo
