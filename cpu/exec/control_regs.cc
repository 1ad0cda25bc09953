// Control and debug registers (SDM 3A 2.5, 4.10.4.1; 3B 18.2).
#include "cpu/exec/control_regs.h"

#include "cpu/exec/operands.h"
#include "cpu/exec/segment.h"
#include "cpu/exec/system_access.h"
#include "cpu/mmu/pdpte.h"

namespace vireo {
namespace {

constexpr uint64_t kCr3NoFlush = uint64_t{1} << 63;

// Which changes reload the PDPTEs while PAE paging is or comes into use.
constexpr uint64_t kCr0Reloads = kCr0Cd | kCr0Nw | kCr0Pg;
constexpr uint64_t kCr4Reloads = kCr4Pae | kCr4Pge | kCr4Pse | kCr4Smep;

Status enter_paging(Cpu& cpu) {
  if (!(cpu.efer & kEferLme)) return Status::kOk;
  const bool tss16 = cpu.tr.present() && !(cpu.tr.type() & 8);
  if (!(cpu.cr4 & kCr4Pae) || cpu.segs[kCs].long_mode() || tss16) return cpu.raise(kVectorGp, 0);
  cpu.efer |= kEferLma;
  return Status::kOk;
}

Status leave_paging(Cpu& cpu) {
  if (cpu.code_mode == CodeMode::k64 || (cpu.cr4 & kCr4Pcide)) return cpu.raise(kVectorGp, 0);
  cpu.efer &= ~kEferLma;
  return Status::kOk;
}

Status write_cr0(Cpu& cpu, uint64_t value) {
  constexpr uint64_t kKnown =
      kCr0Pe | kCr0Mp | kCr0Em | kCr0Ts | kCr0Ne | kCr0Wp | kCr0Am | kCr0Nw | kCr0Cd | kCr0Pg;
  if (!cr0_legal(value)) return cpu.raise(kVectorGp, 0);
  value = (value & kKnown) | kCr0Et;
  const uint64_t changed = cpu.cr0 ^ value;
  if (changed & kCr0Pg) {
    const Status status = value & kCr0Pg ? enter_paging(cpu) : leave_paging(cpu);
    if (status != Status::kOk) return status;
  }
  if ((changed & kCr0Reloads) && uses_pae_paging(value, cpu.cr4, cpu.efer) &&
      load_pdptes(cpu, cpu.cr3) != Status::kOk) {
    return Status::kFault;
  }
  cpu.cr0 = value;
  // Real mode runs at level 0 whatever CS was loaded with before.
  if (!(value & kCr0Pe)) cpu.cpl = 0;
  // PE by itself changes no mapping, as it changes without paging only: firmware and boot loaders
  // go to and fro between real and protected mode all the time.
  if (changed & (kCr0Pg | kCr0Wp)) {
    cpu.mmu().flush_all();
    cpu.blocks().new_generation();
  }
  cpu.mode_changed();
  return Status::kOk;
}

}  // namespace

uint64_t known_cr4(const Cpu& cpu) {
  uint64_t known = kCr4Tsd | kCr4De | kCr4Pse | kCr4Pae | kCr4Mce | kCr4Pge | kCr4Pce | kCr4Osfxsr |
                   kCr4Osxmmexcpt;
  if (cpu.has(kFeatVme)) known |= kCr4Vme | kCr4Pvi;
  if (cpu.has(kFeatUmip)) known |= kCr4Umip;
  if (cpu.has(kFeatFsgsbase)) known |= kCr4Fsgsbase;
  if (cpu.has(kFeatPcid)) known |= kCr4Pcide;
  if (cpu.has(kFeatSmep)) known |= kCr4Smep;
  if (cpu.has(kFeatSmap)) known |= kCr4Smap;
  if (cpu.has(kFeatLa57)) known |= kCr4La57;
  if (cpu.has(kFeatPku)) known |= kCr4Pke;
  if (cpu.has(kFeatXsave)) known |= kCr4Osxsave;
  return known;
}

namespace {

Status write_cr4(Cpu& cpu, uint64_t value) {
  const uint64_t changed = cpu.cr4 ^ value;
  if (value & ~known_cr4(cpu)) return cpu.raise(kVectorGp, 0);
  const bool breaks_long_mode = !(value & kCr4Pae) || (changed & kCr4La57);
  if (cpu.long_mode_active() && breaks_long_mode) return cpu.raise(kVectorGp, 0);
  if (changed & value & kCr4Pcide) {
    if (!cpu.long_mode_active() || (cpu.cr3 & 0xfff) != 0) return cpu.raise(kVectorGp, 0);
  }
  if ((changed & kCr4Reloads) && uses_pae_paging(cpu.cr0, value, cpu.efer) &&
      load_pdptes(cpu, cpu.cr3) != Status::kOk) {
    return Status::kFault;
  }
  cpu.cr4 = value;
  if (changed & kCr4De) cpu.debug_registers_changed();
  constexpr uint64_t kPaging = kCr4Pge | kCr4Pse | kCr4Pae | kCr4Pcide | kCr4Smep | kCr4Smap |
                               kCr4La57 | kCr4Pke;
  if (changed & kPaging) {
    cpu.mmu().flush_all();
    cpu.blocks().new_generation();
  }
  cpu.mode_changed();
  return Status::kOk;
}

Status write_cr3(Cpu& cpu, uint64_t value) {
  const bool pcid = cpu.cr4 & kCr4Pcide;
  const bool keep = pcid && (value & kCr3NoFlush);
  if (pcid) value &= ~kCr3NoFlush;
  if (cpu.long_mode_active() && (value & ~kPhysicalAddressMask)) return cpu.raise(kVectorGp, 0);
  if (uses_pae_paging(cpu.cr0, cpu.cr4, cpu.efer) && load_pdptes(cpu, value) != Status::kOk) {
    return Status::kFault;
  }
  const bool same = cpu.cr3 == value;
  cpu.cr3 = value;
  if (keep && same) return Status::kOk;
  address_space_changed(cpu, keep);
  return Status::kOk;
}

Status write_cr8(Cpu& cpu, const Op* op, uint64_t value) {
  if (value > 15) return cpu.raise(kVectorGp, 0);
  cpu.sync_clock(op);
  cpu.cr8 = value;
  if (cpu.apic() != nullptr) cpu.apic()->set_cr8(static_cast<uint8_t>(value));
  return Status::kOk;
}

uint64_t read_cr(Cpu& cpu, unsigned number) {
  switch (number) {
    case 0:
      return cpu.cr0;
    case 2:
      return cpu.cr2;
    case 3:
      return cpu.cr3;
    case 4:
      return cpu.cr4;
    default:
      return cpu.apic() != nullptr ? cpu.apic()->cr8() : cpu.cr8;
  }
}

unsigned register_size(const Cpu& cpu) { return cpu.code_mode == CodeMode::k64 ? 8 : 4; }

// DR4 and DR5 are DR6 and DR7 unless CR4.DE is set. False: a fault is pending.
bool debug_register(Cpu& cpu, unsigned& number) {
  if (number == 4 || number == 5) {
    if (cpu.cr4 & kCr4De) return cpu.raise(kVectorUd) == Status::kOk;
    number += 2;
  }
  if (cpu.cpl != 0) return cpu.raise(kVectorGp, 0) == Status::kOk;
  return !(cpu.dr[7] & kDr7Gd) || cpu.raise_general_detect() == Status::kOk;
}

}  // namespace

namespace sys {

Status mov_to_cr(Cpu& cpu, const Op* op) {
  if (require_cpl0(cpu) != Status::kOk) return Status::kFault;
  const uint64_t value = low_bytes(cpu.regs[op->src], register_size(cpu));
  switch (op->dst) {
    case 0:
      return write_cr0(cpu, value);
    case 2:
      cpu.cr2 = value;
      return Status::kOk;
    case 3:
      return write_cr3(cpu, value);
    case 4:
      return write_cr4(cpu, value);
    default:
      return write_cr8(cpu, op, value);
  }
}

Status mov_from_cr(Cpu& cpu, const Op* op) {
  if (require_cpl0(cpu) != Status::kOk) return Status::kFault;
  write_gpr(cpu, op->src, register_size(cpu), read_cr(cpu, op->dst));
  return Status::kOk;
}

Status mov_to_dr(Cpu& cpu, const Op* op) {
  unsigned number = op->dst;
  if (!debug_register(cpu, number)) return Status::kFault;
  const uint64_t value = low_bytes(cpu.regs[op->src], register_size(cpu));
  if (number >= 6 && value >> 32 != 0) return cpu.raise(kVectorGp, 0);
  cpu.dr[number] = number == 6   ? (value & kDr6Writable) | kDr6Fixed
                   : number == 7 ? (value & kDr7Writable) | kDr7Fixed
                                 : value;
  if (number != 6) cpu.debug_registers_changed();
  return Status::kOk;
}

Status mov_from_dr(Cpu& cpu, const Op* op) {
  unsigned number = op->dst;
  if (!debug_register(cpu, number)) return Status::kFault;
  write_gpr(cpu, op->src, register_size(cpu), cpu.dr[number]);
  return Status::kOk;
}

Status clts(Cpu& cpu, const Op*) {
  if (require_cpl0(cpu) != Status::kOk) return Status::kFault;
  cpu.cr0 &= ~kCr0Ts;
  return Status::kOk;
}

// Loads PE, MP, EM, TS; it can set PE but not clear it.
Status lmsw(Cpu& cpu, const Op* op) {
  if (require_cpl0(cpu) != Status::kOk) return Status::kFault;
  const auto value = read_rm(cpu, op, 2);
  if (!value.ok) return Status::kFault;
  const uint64_t low = (value.value & 0xf) | (cpu.cr0 & kCr0Pe);
  return write_cr0(cpu, (cpu.cr0 & ~uint64_t{0xf}) | low);
}

Status smsw(Cpu& cpu, const Op* op) {
  if ((cpu.cr4 & kCr4Umip) && cpu.cpl != 0) return cpu.raise(kVectorGp, 0);
  return write_rm_word(cpu, op, cpu.cr0) ? Status::kOk : Status::kFault;
}

}  // namespace sys
}  // namespace vireo
