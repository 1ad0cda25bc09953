// GDTR, IDTR, LDTR and the task register (SDM 3A 2.4).
#include "cpu/exec/operands.h"
#include "cpu/exec/segment.h"
#include "cpu/exec/system_access.h"

namespace vireo {
namespace {

Status load_table(Cpu& cpu, const Op* op, DescriptorTable& table) {
  if (require_cpl0(cpu) != Status::kOk) return Status::kFault;
  const Linear at = memory_operand(cpu, op);
  if (!at.ok) return Status::kFault;
  const bool wide = cpu.code_mode == CodeMode::k64;
  const auto limit = load_sized(cpu, op, at.va, 2);
  if (!limit.ok) return Status::kFault;
  const Linear behind = memory_operand(cpu, op, 2);
  auto base = load_sized(cpu, op, behind.va, wide ? 8 : 4);
  if (!base.ok) return Status::kFault;
  if (wide && !is_canonical_base(cpu, base.value)) return cpu.raise(kVectorGp, 0);
  // With 16-bit operands the base has 24 bits, as on the 80286.
  if (!wide && operand_size(op) == 2) base.value &= 0xffffff;
  table = {base.value, static_cast<uint16_t>(limit.value)};
  return Status::kOk;
}

bool hidden_by_umip(const Cpu& cpu) { return (cpu.cr4 & kCr4Umip) && cpu.cpl != 0; }

Status store_table(Cpu& cpu, const Op* op, const DescriptorTable& table) {
  if (hidden_by_umip(cpu)) return cpu.raise(kVectorGp, 0);
  const Linear at = memory_operand(cpu, op);
  if (!at.ok) return Status::kFault;
  const unsigned base_size = cpu.code_mode == CodeMode::k64 ? 8 : 4;
  if (!probe_write(cpu, op, at.va, 2 + base_size)) return Status::kFault;
  const Linear behind = memory_operand(cpu, op, 2);
  const bool stored = store_sized(cpu, op, at.va, table.limit, 2) &&
                      store_sized(cpu, op, behind.va, table.base, base_size);
  return stored ? Status::kOk : Status::kFault;
}

Status store_selector(Cpu& cpu, const Op* op, uint16_t selector) {
  if (!cpu.protected_mode() || cpu.v86()) return cpu.raise(kVectorUd);
  if (hidden_by_umip(cpu)) return cpu.raise(kVectorGp, 0);
  return write_rm_word(cpu, op, selector) ? Status::kOk : Status::kFault;
}

// Reads the selector operand of LLDT or LTR and makes the checks both share.
bool fetch_operand(Cpu& cpu, const Op* op, uint16_t& selector) {
  if (!cpu.protected_mode() || cpu.v86()) return cpu.raise(kVectorUd) == Status::kOk;
  if (require_cpl0(cpu) != Status::kOk) return false;
  const auto value = read_rm(cpu, op, 2);
  selector = static_cast<uint16_t>(value.value);
  return value.ok;
}

// In long mode the upper half of a system descriptor has a type field of its
// own, which must be 0 (SDM 3A figure 7-4), and the base must be canonical.
bool upper_half_ok(const Cpu& cpu, const Descriptor& d) {
  if (!cpu.long_mode_active()) return true;
  return (d.extension & 0x1f00) == 0 && is_canonical_base(cpu, d.base());
}

bool available_tss(const Cpu& cpu, const Descriptor& d) {
  if (d.code_or_data()) return false;
  return d.type() == kTypeTss || (d.type() == kTypeTss16 && !cpu.long_mode_active());
}

}  // namespace

namespace sys {

Status lgdt(Cpu& cpu, const Op* op) { return load_table(cpu, op, cpu.gdtr); }
Status lidt(Cpu& cpu, const Op* op) { return load_table(cpu, op, cpu.idtr); }
Status sgdt(Cpu& cpu, const Op* op) { return store_table(cpu, op, cpu.gdtr); }
Status sidt(Cpu& cpu, const Op* op) { return store_table(cpu, op, cpu.idtr); }
Status sldt(Cpu& cpu, const Op* op) { return store_selector(cpu, op, cpu.ldtr.selector); }
Status str(Cpu& cpu, const Op* op) { return store_selector(cpu, op, cpu.tr.selector); }

Status lldt(Cpu& cpu, const Op* op) {
  uint16_t selector = 0;
  if (!fetch_operand(cpu, op, selector)) return Status::kFault;
  if (null_selector(selector)) {
    cpu.ldtr = Segment{};
    cpu.ldtr.selector = selector;
    return Status::kOk;
  }
  if (selector & 4) return raise_selector(cpu, kVectorGp, selector);
  Descriptor descriptor;
  if (!fetch_system_descriptor(cpu, selector, kVectorGp, 0, descriptor)) return Status::kFault;
  const bool good =
      !descriptor.code_or_data() && descriptor.type() == kTypeLdt && upper_half_ok(cpu, descriptor);
  if (!good) return raise_selector(cpu, kVectorGp, selector);
  if (!descriptor.present()) return raise_selector(cpu, kVectorNp, selector);
  cpu.ldtr = descriptor.segment(selector);
  return Status::kOk;
}

Status ltr(Cpu& cpu, const Op* op) {
  uint16_t selector = 0;
  if (!fetch_operand(cpu, op, selector)) return Status::kFault;
  if (null_selector(selector)) return cpu.raise(kVectorGp, 0);
  if (selector & 4) return raise_selector(cpu, kVectorGp, selector);
  Descriptor descriptor;
  if (!fetch_system_descriptor(cpu, selector, kVectorGp, 0, descriptor)) return Status::kFault;
  if (!available_tss(cpu, descriptor) || !upper_half_ok(cpu, descriptor)) {
    return raise_selector(cpu, kVectorGp, selector);
  }
  if (!descriptor.present()) return raise_selector(cpu, kVectorNp, selector);
  if (!set_descriptor_type(cpu, selector, descriptor, 2)) return Status::kFault;  // busy
  cpu.tr = descriptor.segment(selector);
  return Status::kOk;
}

}  // namespace sys
}  // namespace vireo
