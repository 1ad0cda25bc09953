// Virtual-8086 mode.
#include "cpu/exec/v86.h"

#include <array>

#include "cpu/exec/segment.h"

namespace vireo {
namespace {

// What code at level 3 may change by 16-bit POPF and IRET, but for IF.
constexpr uint64_t kUserFlags = kArithFlags | kFlagTf | kFlagDf | kFlagNt;

// Whether the bitmap in front of the I/O map sends INT `vector` to the 8086
// program's own handler. False with `fault`: one is pending.
bool redirected(Cpu& cpu, uint8_t vector, bool& fault) {
  fault = false;
  if (!(cpu.cr4 & kCr4Vme)) return false;
  uint16_t io_map;
  uint8_t bits;
  fault = cpu.tr.limit < 103 ? cpu.raise(kVectorGp, 0) != Status::kOk
                             : !read_system(cpu, cpu.tr.base + 102, io_map);
  if (fault) return false;
  const uint32_t offset = static_cast<uint32_t>(io_map) - 32 + vector / 8;
  fault = offset > cpu.tr.limit ? cpu.raise(kVectorGp, 0) != Status::kOk
                                : !read_system(cpu, cpu.tr.base + offset, bits);
  return !fault && !(bits >> (vector & 7) & 1);
}

// As in real mode, with the table at linear address 0.
Status call_8086_handler(Cpu& cpu, uint8_t vector, uint64_t return_rip) {
  const bool plain = cpu.iopl() == 3;
  uint32_t target;
  if (!read_linear(cpu, Mmu::kUser, vector * 4u, &target, 4)) return Status::kFault;
  StackCursor stack(cpu);
  const uint64_t flags = plain ? cpu.read_rflags() : virtual_flags(cpu);
  if (!stack.push(flags & 0xffff, 2) || !stack.push(cpu.segs[kCs].selector, 2) ||
      !stack.push(return_rip, 2)) {
    return Status::kFault;
  }
  stack.commit();
  load_real_segment(cpu, kCs, static_cast<uint16_t>(target >> 16));
  cpu.rip = target & 0xffff;
  cpu.rflags &= ~(kFlagTf | kFlagRf | (plain ? kFlagIf : kFlagVif));
  cpu.trap_cancelled = true;
  cpu.mode_changed();
  return Status::kOk;
}

}  // namespace

V86Flags v86_flags_rule(const Cpu& cpu, unsigned size) {
  if (cpu.iopl() == 3) return V86Flags::kPlain;
  return (cpu.cr4 & kCr4Vme) && size == 2 ? V86Flags::kVirtual : V86Flags::kDenied;
}

uint16_t virtual_flags(const Cpu& cpu) {
  const uint64_t flags = cpu.read_rflags() & ~kFlagIf;
  return static_cast<uint16_t>(flags | kFlagIopl | (cpu.rflags & kFlagVif ? kFlagIf : 0));
}

Status load_virtual_flags(Cpu& cpu, uint64_t image) {
  const bool enables = image & kFlagIf;
  if ((image & kFlagTf) || (enables && (cpu.rflags & kFlagVip))) return cpu.raise(kVectorGp, 0);
  const uint64_t kept = cpu.read_rflags() & ~(kUserFlags | kFlagVif | kFlagRf);
  cpu.write_rflags(kept | (image & kUserFlags) | (enables ? kFlagVif : 0));
  return Status::kOk;
}

bool has_virtual_if(const Cpu& cpu) {
  if (!cpu.protected_mode() || cpu.cpl != 3 || cpu.iopl() == 3) return false;
  return cpu.cr4 & (cpu.v86() ? kCr4Vme : kCr4Pvi);
}

Status v86_interrupt(Cpu& cpu, uint8_t vector, uint64_t return_rip) {
  bool fault;
  const bool to_8086 = redirected(cpu, vector, fault);
  if (fault) return Status::kFault;
  if (to_8086) return call_8086_handler(cpu, vector, return_rip);
  if (cpu.iopl() < 3) return cpu.raise(kVectorGp, 0);
  return cpu.deliver(Cpu::EventKind::kSoftware, vector, false, 0, return_rip);
}

Status v86_iret(Cpu& cpu, unsigned size) {
  const V86Flags rule = v86_flags_rule(cpu, size);
  if (rule == V86Flags::kDenied) return cpu.raise(kVectorGp, 0);
  StackCursor stack(cpu);
  uint64_t ip, cs, flags;
  if (!stack.pop(ip, size) || !stack.pop(cs, size) || !stack.pop(flags, size)) {
    return Status::kFault;
  }
  if (ip > cpu.segs[kCs].limit) return cpu.raise(kVectorGp, 0);
  if (rule == V86Flags::kVirtual) {
    if (load_virtual_flags(cpu, flags) != Status::kOk) return Status::kFault;
  } else {
    const uint64_t mask = kUserFlags | kFlagIf | (size > 2 ? kFlagAc | kFlagId | kFlagRf : 0);
    cpu.write_rflags((cpu.read_rflags() & ~(mask | kFlagRf)) | (flags & mask));
  }
  stack.commit();
  load_real_segment(cpu, kCs, static_cast<uint16_t>(cs));
  cpu.rip = ip;
  cpu.mode_changed();
  return Status::kOk;
}

Status return_to_v86(Cpu& cpu, StackCursor& stack, uint64_t eip, uint64_t cs, uint64_t eflags) {
  uint64_t esp;
  std::array<uint64_t, 6> selectors{};
  selectors[kCs] = cs;
  if (!stack.pop(esp, 4)) return Status::kFault;
  for (const SegIndex index : {kSs, kEs, kDs, kFs, kGs}) {
    if (!stack.pop(selectors[index], 4)) return Status::kFault;
  }
  if (eip > 0xffff) return cpu.raise(kVectorGp, 0);
  constexpr uint64_t kKnown = 0x3f7fd7;
  cpu.write_rflags(eflags & kKnown);
  cpu.cpl = 3;
  cpu.rip = eip;
  cpu.regs[kRsp] = esp;
  for (unsigned i = 0; i < 6; ++i) {
    load_real_segment(cpu, static_cast<SegIndex>(i), static_cast<uint16_t>(selectors[i]));
  }
  cpu.mode_changed();
  return Status::kOk;
}

}  // namespace vireo
