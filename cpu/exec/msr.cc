// Model-specific registers (SDM 4), RDMSR and WRMSR. An unknown one is #GP(0),
// which is how guests find out what there is.
#include "cpu/exec/msr.h"

#include "cpu/exec/operands.h"
#include "cpu/exec/segment.h"
#include "cpu/exec/system_access.h"
#include "machine/base/trace_event.h"

namespace vireo {
namespace {

enum Msr : uint32_t {
  kTsc = 0x10,
  kPlatformId = 0x17,
  kApicBase = 0x1b,
  kTscAdjust = 0x3b,
  kMicrocode = 0x8b,
  kMtrrCap = 0xfe,
  kArchCapabilities = 0x10a,
  kSysenterCs = 0x174,
  kSysenterEsp = 0x175,
  kSysenterEip = 0x176,
  kMiscEnable = 0x1a0,
  kDebugControl = 0x1d9,
  kMtrrPhysBase0 = 0x200,
  kMtrrPhysMask7 = 0x20f,
  kMtrrFix64k = 0x250,
  kMtrrFix16k80000 = 0x258,
  kMtrrFix16kA0000 = 0x259,
  kMtrrFix4kC0000 = 0x268,
  kMtrrFix4kF8000 = 0x26f,
  kPat = 0x277,
  kMtrrDefType = 0x2ff,
  kTscDeadline = 0x6e0,
  kX2apicFirst = 0x800,
  kX2apicLast = 0x8ff,
  kEfer = 0xc0000080,
  kStar = 0xc0000081,
  kLstar = 0xc0000082,
  kCstar = 0xc0000083,
  kSfmask = 0xc0000084,
  kFsBase = 0xc0000100,
  kGsBase = 0xc0000101,
  kKernelGsBase = 0xc0000102,
  kTscAux = 0xc0000103,
  kAmdSyscfg = 0xc0010010,
  kAmdHwcr = 0xc0010015,
  kAmdIntPending = 0xc0010055,
};

// 8 variable ranges, fixed ranges, write-combining.
constexpr uint64_t kMtrrCapValue = 8 | 1 << 8 | 1 << 10;
// RDCL_NO, SKIP_L1DFL_VMENTRY, SSB_NO, MDS_NO, PSCHANGE_MC_NO, TAA_NO,
// SBDR_SSDP_NO, FBSDP_NO, PSDP_NO, BHI_NO, PBRSB_NO, GDS_NO, RFDS_NO, ITS_NO.
constexpr uint64_t kArchCapsValue = 1u << 0 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 6 | 1u << 8 |
                                    1u << 13 | 1u << 14 | 1u << 15 | 1u << 20 | 1u << 24 |
                                    1u << 26 | 1u << 27 | uint64_t{1} << 62;
constexpr uint64_t kMicrocodeRevision = uint64_t{1} << 32;

// IA32_MISC_ENABLE: fast strings; no branch trace store and no PEBS, which is for
// reading only; MONITOR, where it is. The other bits belong to features that are not
// here.
constexpr uint64_t kFastStrings = 1u << 0, kNoTracing = 1u << 11 | 1u << 12;

uint64_t switchable(const Cpu& cpu) {
  return kFastStrings | (cpu.has(kFeatMonitor) ? kMiscEnableMonitor : 0);
}

bool in_range(uint32_t index, uint32_t first, uint32_t last) {
  return index >= first && index <= last;
}

bool belongs_to_apic(uint32_t index) {
  return index == kApicBase || index == kTscDeadline || in_range(index, kX2apicFirst, kX2apicLast);
}

// The plain registers: a word of state that reads back as written.
uint64_t* storage(Cpu& cpu, uint32_t index) {
  switch (index) {
    case kSysenterCs:
      return &cpu.sysenter_cs;
    case kSysenterEsp:
      return &cpu.sysenter_esp;
    case kSysenterEip:
      return &cpu.sysenter_eip;
    case kMiscEnable:
      return &cpu.misc_enable;
    case kPat:
      return &cpu.pat;
    case kMtrrDefType:
      return &cpu.mtrr_def_type;
    case kMtrrFix64k:
      return &cpu.mtrr_fixed[0];
    case kMtrrFix16k80000:
      return &cpu.mtrr_fixed[1];
    case kMtrrFix16kA0000:
      return &cpu.mtrr_fixed[2];
    case kEfer:
      return &cpu.efer;
    case kStar:
      return &cpu.star;
    case kLstar:
      return &cpu.lstar;
    case kCstar:
      return &cpu.cstar;
    case kSfmask:
      return &cpu.sfmask;
    case kFsBase:
      return &cpu.segs[kFs].base;
    case kGsBase:
      return &cpu.segs[kGs].base;
    case kKernelGsBase:
      return &cpu.kernel_gs_base;
    case kTscAdjust:
      return cpu.has(kFeatTscAdjust) ? &cpu.tsc_adjust : nullptr;
    case kDebugControl:
      return &cpu.debug_control;
    case kTscAux:
      return cpu.has(kFeatRdtscp) || cpu.has(kFeatRdpid) ? &cpu.tsc_aux : nullptr;
    default:
      break;
  }
  if (in_range(index, kMtrrFix4kC0000, kMtrrFix4kF8000)) {
    return &cpu.mtrr_fixed[3 + index - kMtrrFix4kC0000];
  }
  if (in_range(index, kMtrrPhysBase0, kMtrrPhysMask7)) {
    const unsigned range = (index - kMtrrPhysBase0) / 2;
    return index & 1 ? &cpu.mtrr_mask[range] : &cpu.mtrr_base[range];
  }
  return nullptr;
}

// Configuration of AMD's K8 which Linux reads without asking whether it is there.
bool amd_configuration(const Cpu& cpu, uint32_t index) {
  return cpu.model().is_amd() &&
         (index == kAmdSyscfg || index == kAmdHwcr || index == kAmdIntPending);
}

// Registers that have a value but no state; writes to them are #GP or nothing.
bool constant(Cpu& cpu, uint32_t index, uint64_t& value) {
  if (amd_configuration(cpu, index)) {
    value = 0;
    return true;
  }
  switch (index) {
    case kPlatformId:
      value = 0;
      return !cpu.model().is_amd();
    case kMicrocode:
      value = kMicrocodeRevision;
      return true;
    case kMtrrCap:
      value = kMtrrCapValue;
      return true;
    case kArchCapabilities:
      value = kArchCapsValue;
      return cpu.has(kFeatArchCaps);
    default:
      return false;
  }
}

bool memory_type_ok(uint64_t type) { return type <= 1 || (type >= 4 && type <= 6); }

bool all_memory_types_ok(uint64_t value) {
  for (unsigned i = 0; i < 8; ++i) {
    if (!memory_type_ok(value >> 8 * i & 0xff)) return false;
  }
  return true;
}

// PAT entries may also be 7, UC- (SDM 3A 12.12.2).
bool pat_ok(uint64_t value) {
  for (unsigned i = 0; i < 8; ++i) {
    const uint64_t type = value >> 8 * i & 0xff;
    if (type != 7 && !memory_type_ok(type)) return false;
  }
  return true;
}

bool efer_ok(const Cpu& cpu, uint64_t value) {
  if (value & ~(kEferSce | kEferLme | kEferLma | kEferNxe)) return false;
  return !((cpu.efer ^ value) & kEferLme) || !cpu.paging();
}

// What WRMSR refuses for a register that storage() knows.
bool value_ok(const Cpu& cpu, uint32_t index, uint64_t value) {
  switch (index) {
    case kSysenterEsp:
    case kSysenterEip:
    case kLstar:
    case kCstar:
    case kFsBase:
    case kGsBase:
    case kKernelGsBase:
      return is_canonical_base(cpu, value);
    case kPat:
      return pat_ok(value);
    case kMtrrDefType:
      return !(value & ~uint64_t{0xcff}) && memory_type_ok(value & 0xff);
    case kEfer:
      return efer_ok(cpu, value);
    case kDebugControl:
      return !(value & ~(kDebugControlLbr | kDebugControlBtf));
    case kMiscEnable:
      return !(value & ~(switchable(cpu) | kNoTracing));
    case kSfmask:
    case kTscAux:
      return value >> 32 == 0;
    default:
      break;
  }
  if (in_range(index, kMtrrFix64k, kMtrrFix4kF8000)) return all_memory_types_ok(value);
  if (!in_range(index, kMtrrPhysBase0, kMtrrPhysMask7)) return true;
  if (index & 1) return !(value & ~(kPhysicalAddressMask & ~uint64_t{0x7ff}));
  return !(value & ~(kPhysicalAddressMask & ~uint64_t{0xf00})) && memory_type_ok(value & 0xff);
}

void move_tsc(Cpu& cpu, uint64_t by) {
  cpu.tsc_offset += by;
  cpu.tsc_adjust += by;
  if (cpu.apic() != nullptr) cpu.apic()->tsc_changed();
}

void set_plain(Cpu& cpu, uint32_t index, uint64_t value) {
  if (index == kTscAdjust) return move_tsc(cpu, value - cpu.tsc_adjust);
  if (index == kEfer) value = (value & ~kEferLma) | (cpu.efer & kEferLma);
  // No branches are recorded; the bit that asks for it does not stick.
  if (index == kDebugControl) value &= ~kDebugControlLbr;
  if (index == kMiscEnable) value &= switchable(cpu);
  const bool nx_changes = index == kEfer && ((cpu.efer ^ value) & kEferNxe);
  *storage(cpu, index) = value;
  if (index == kFsBase) cpu.seg_base[kFs] = value;
  if (index == kGsBase) cpu.seg_base[kGs] = value;
  if (!nx_changes) return;
  cpu.mmu().flush_all();
  mappings_changed(cpu);
}

// Microcode updates are taken and forgotten, as under other hypervisors.
bool write_is_ignored(const Cpu& cpu, uint32_t index) {
  return index == kMicrocode || amd_configuration(cpu, index);
}

}  // namespace

bool read_msr(Cpu& cpu, uint32_t index, uint64_t& value) {
  if (belongs_to_apic(index)) return cpu.apic() != nullptr && cpu.apic()->read_msr(index, value);
  if (MachineCheck::owns(index)) return cpu.machine_checks().read(index, value);
  if (index == kTsc) {
    value = cpu.tsc();
    return true;
  }
  if (constant(cpu, index, value)) return true;
  const uint64_t* word = storage(cpu, index);
  if (word == nullptr) return false;
  value = index == kMiscEnable ? *word | kNoTracing : *word;
  return true;
}

bool write_msr(Cpu& cpu, uint32_t index, uint64_t value) {
  if (belongs_to_apic(index)) return cpu.apic() != nullptr && cpu.apic()->write_msr(index, value);
  if (MachineCheck::owns(index)) return cpu.machine_checks().write(index, value);
  if (index == kTsc) {
    move_tsc(cpu, value - cpu.tsc());
    return true;
  }
  if (write_is_ignored(cpu, index)) return true;
  if (storage(cpu, index) == nullptr || !value_ok(cpu, index, value)) return false;
  set_plain(cpu, index, value);
  return true;
}

namespace {

void tell_access(Cpu& cpu, const Op* op, std::string_view kind, uint32_t index, uint64_t value) {
  if (!TraceEvents::on(LogItem::kMsr)) return;
  cpu.rip = cpu.rip_of(op);  // valid between blocks only: for the one who looks now
  TraceEvents::tell(LogItem::kMsr, kind,
                    {TraceField::hex("msr", index), TraceField::hex("value", value)});
}

}  // namespace

namespace sys {

Status rdmsr(Cpu& cpu, const Op* op) {
  if (require_cpl0(cpu) != Status::kOk) return Status::kFault;
  const uint32_t index = static_cast<uint32_t>(cpu.regs[kRcx]);
  cpu.sync_clock(op);
  uint64_t value = 0;
  if (!read_msr(cpu, index, value)) {
    Log::print(LogItem::kUnimp, "rdmsr {:#x}: no such register", index);
    return cpu.raise(kVectorGp, 0);
  }
  tell_access(cpu, op, "rdmsr", index, value);
  cpu.regs[kRax] = static_cast<uint32_t>(value);
  cpu.regs[kRdx] = value >> 32;
  return Status::kOk;
}

Status wrmsr(Cpu& cpu, const Op* op) {
  if (require_cpl0(cpu) != Status::kOk) return Status::kFault;
  const uint32_t index = static_cast<uint32_t>(cpu.regs[kRcx]);
  const uint64_t value = cpu.regs[kRdx] << 32 | static_cast<uint32_t>(cpu.regs[kRax]);
  cpu.sync_clock(op);
  tell_access(cpu, op, "wrmsr", index, value);
  if (!write_msr(cpu, index, value)) {
    Log::print(LogItem::kUnimp, "wrmsr {:#x} = {:#x}: refused", index, value);
    return cpu.raise(kVectorGp, 0);
  }
  return Status::kOk;
}

}  // namespace sys
}  // namespace vireo
