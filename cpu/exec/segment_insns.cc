// Instructions that read, load or examine segment registers (SDM 2A-2D).
#include "cpu/exec/operands.h"
#include "cpu/exec/segment.h"
#include "cpu/exec/system_access.h"

namespace vireo {
namespace {

Status load_from_rm(Cpu& cpu, const Op* op) {
  const auto selector = read_rm(cpu, op, 2);
  if (!selector.ok) return Status::kFault;
  return load_segment(cpu, static_cast<SegIndex>(op->dst & 7),
                      static_cast<uint16_t>(selector.value));
}

Status pop_segment(Cpu& cpu, const Op* op) {
  StackCursor stack(cpu);
  uint64_t selector;
  if (!stack.pop(selector, operand_size(op))) return Status::kFault;
  // The stack pointer moves by the old stack's width, also when SS is popped.
  if (load_segment(cpu, static_cast<SegIndex>(op->src), static_cast<uint16_t>(selector)) !=
      Status::kOk) {
    return Status::kFault;
  }
  stack.commit();
  return Status::kOk;
}

void set_zf(Cpu& cpu, bool value) {
  cpu.flags = static_cast<PackedFlags>(value ? cpu.flags | kPackedZf : cpu.flags & ~kPackedZf);
}

// #UD outside protected mode, as LAR, LSL, VERR, VERW, ARPL, LLDT and so on.
bool selectors_mean_descriptors(Cpu& cpu) {
  if (cpu.protected_mode() && !cpu.v86()) return true;
  return cpu.raise(kVectorUd) == Status::kOk;
}

// Looks a descriptor up for LAR, LSL, VERR and VERW: absence is no fault.
// `found` says whether there is one that this privilege level may see.
bool examine(Cpu& cpu, uint16_t selector, Descriptor& out, bool& found) {
  uint64_t va, raw;
  found = descriptor_address(cpu, selector, 8, va);
  if (!found) return true;
  if (!read_system(cpu, va, raw)) return false;
  out = {static_cast<uint32_t>(raw), static_cast<uint32_t>(raw >> 32), 0, 0};
  found = out.conforming() || (out.dpl() >= cpu.cpl && out.dpl() >= rpl_of(selector));
  return true;
}

bool lsl_knows(const Cpu& cpu, const Descriptor& d) {
  if (d.code_or_data()) return true;
  const unsigned type = d.type();
  if (type == kTypeLdt || type == kTypeTss || type == kTypeTssBusy) return true;
  return !cpu.long_mode_active() && (type == kTypeTss16 || type == kTypeTss16Busy);
}

bool lar_knows(const Cpu& cpu, const Descriptor& d) {
  if (lsl_knows(cpu, d) || d.type() == kTypeCallGate) return true;
  return !cpu.long_mode_active() && (d.type() == kTypeCallGate16 || d.type() == kTypeTaskGate);
}

// LAR and LSL: the register is written only where ZF gets set.
template <typename Knows, typename Value>
Status examine_into_register(Cpu& cpu, const Op* op, Knows&& knows, Value&& value) {
  if (!selectors_mean_descriptors(cpu)) return Status::kFault;
  const auto selector = read_rm(cpu, op, 2);
  if (!selector.ok) return Status::kFault;
  Descriptor descriptor;
  bool found;
  if (!examine(cpu, static_cast<uint16_t>(selector.value), descriptor, found)) {
    return Status::kFault;
  }
  found = found && knows(cpu, descriptor);
  set_zf(cpu, found);
  if (found) write_gpr(cpu, op->dst, operand_size(op), value(descriptor));
  return Status::kOk;
}

template <typename Good>
Status verify(Cpu& cpu, const Op* op, Good&& good) {
  if (!selectors_mean_descriptors(cpu)) return Status::kFault;
  const auto selector = read_rm(cpu, op, 2);
  if (!selector.ok) return Status::kFault;
  Descriptor descriptor;
  bool found;
  if (!examine(cpu, static_cast<uint16_t>(selector.value), descriptor, found)) {
    return Status::kFault;
  }
  set_zf(cpu, found && descriptor.code_or_data() && good(descriptor));
  return Status::kOk;
}

Status segment_base_allowed(Cpu& cpu) {
  return cpu.cr4 & kCr4Fsgsbase ? Status::kOk : cpu.raise(kVectorUd);
}

// RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE: ModRM.reg 0-3.
SegIndex base_segment(const Op* op) { return op->dst & 1 ? kGs : kFs; }

}  // namespace

namespace sys {

Status mov_to_sreg(Cpu& cpu, const Op* op) { return load_from_rm(cpu, op); }

Status mov_to_ss(Cpu& cpu, const Op* op) {
  const Status status = load_from_rm(cpu, op);
  if (status == Status::kOk) cpu.inhibit_interrupts = cpu.stack_shadow = true;
  return status;
}

Status mov_from_sreg(Cpu& cpu, const Op* op) {
  return write_rm_word(cpu, op, cpu.segs[op->dst & 7].selector) ? Status::kOk : Status::kFault;
}

Status push_sreg(Cpu& cpu, const Op* op) {
  StackCursor stack(cpu);
  if (!stack.push(cpu.segs[op->src].selector, operand_size(op))) return Status::kFault;
  stack.commit();
  return Status::kOk;
}

Status pop_sreg(Cpu& cpu, const Op* op) { return pop_segment(cpu, op); }

Status pop_ss(Cpu& cpu, const Op* op) {
  const Status status = pop_segment(cpu, op);
  if (status == Status::kOk) cpu.inhibit_interrupts = cpu.stack_shadow = true;
  return status;
}

// LDS, LES, LFS, LGS, LSS: the offset first, then the selector.
Status load_far_pointer(Cpu& cpu, const Op* op) {
  const unsigned size = operand_size(op);
  const Linear at = memory_operand(cpu, op);
  if (!at.ok) return Status::kFault;
  const auto offset = load_sized(cpu, op, at.va, size);
  if (!offset.ok) return Status::kFault;
  const Linear behind = memory_operand(cpu, op, size);
  const auto selector = load_sized(cpu, op, behind.va, 2);
  if (!selector.ok) return Status::kFault;
  const Status status =
      load_segment(cpu, static_cast<SegIndex>(op->src), static_cast<uint16_t>(selector.value));
  if (status == Status::kOk) write_gpr(cpu, op->dst, size, offset.value);
  return status;
}

Status lar(Cpu& cpu, const Op* op) {
  return examine_into_register(cpu, op, lar_knows,
                               [](const Descriptor& d) -> uint64_t { return d.high & 0x00f0ff00; });
}

Status lsl(Cpu& cpu, const Op* op) {
  return examine_into_register(cpu, op, lsl_knows,
                               [](const Descriptor& d) -> uint64_t { return d.limit(); });
}

Status verr(Cpu& cpu, const Op* op) {
  return verify(cpu, op, [](const Descriptor& d) { return d.readable(); });
}

Status verw(Cpu& cpu, const Op* op) {
  return verify(cpu, op, [](const Descriptor& d) { return d.writable(); });
}

Status arpl(Cpu& cpu, const Op* op) {
  if (!selectors_mean_descriptors(cpu)) return Status::kFault;
  const auto target = read_rm(cpu, op, 2);
  if (!target.ok) return Status::kFault;
  const unsigned wanted = cpu.regs[op->dst] & 3;
  const bool raise_rpl = (target.value & 3) < wanted;
  if (raise_rpl) {
    const uint64_t value = (target.value & 0xfffc) | wanted;
    if (is_memory(op)) {
      if (!write_rm_word(cpu, op, value)) return Status::kFault;
    } else {
      write_gpr(cpu, op->src, 2, value);
    }
  }
  set_zf(cpu, raise_rpl);
  return Status::kOk;
}

Status swapgs(Cpu& cpu, const Op*) {
  if (require_cpl0(cpu) != Status::kOk) return Status::kFault;
  std::swap(cpu.segs[kGs].base, cpu.kernel_gs_base);
  cpu.seg_base[kGs] = cpu.segs[kGs].base;
  return Status::kOk;
}

Status read_segment_base(Cpu& cpu, const Op* op) {
  if (segment_base_allowed(cpu) != Status::kOk) return Status::kFault;
  write_gpr(cpu, op->src, operand_size(op), cpu.segs[base_segment(op)].base);
  return Status::kOk;
}

Status write_segment_base(Cpu& cpu, const Op* op) {
  if (segment_base_allowed(cpu) != Status::kOk) return Status::kFault;
  const uint64_t base = low_bytes(cpu.regs[op->src], operand_size(op));
  if (!is_canonical_base(cpu, base)) return cpu.raise(kVectorGp, 0);
  cpu.segs[base_segment(op)].base = base;
  cpu.seg_base[base_segment(op)] = base;
  return Status::kOk;
}

}  // namespace sys
}  // namespace vireo
