// System management mode: entry by SMI, return by RSM (SDM 3C chapter 31).
//
// The state goes to SMRAM and comes from there, where the board has any: it is for the
// processor as if it were inside already, or still.
#include <utility>

#include "cpu/cpu.h"
#include "cpu/exec/control_regs.h"
#include "cpu/exec/operands.h"
#include "cpu/exec/smm_area.h"
#include "cpu/mmu/pdpte.h"
#include "cpu/trace/insn_recorder.h"
#include "cpu/trace/insn_trace.h"
#include "machine/base/log.h"

namespace vireo {
namespace {

using namespace smm_area;

constexpr uint64_t kRipInSmm = 0x8000;
constexpr uint64_t kFlagsInUse = 0x3f7fd7;

// Calls v(offset, word) for each plain 64-bit register of the area.
template <typename Visitor>
void for_each_register(Cpu& cpu, Visitor&& v) {
  for (uint32_t i = 0; i < 16; ++i) v(kGprs - 8 * i, cpu.regs[i]);
  v(kRip, cpu.rip);
  v(kDr6, cpu.dr[6]);
  v(kDr7, cpu.dr[7]);
  v(kCr0, cpu.cr0);
  v(kCr3, cpu.cr3);
  v(kCr4, cpu.cr4);
  v(kEfer, cpu.efer);
  v(kGdtrBase, cpu.gdtr.base);
  v(kIdtrBase, cpu.idtr.base);
}

template <typename Visitor>
void for_each_segment(Cpu& cpu, Visitor&& v) {
  for (uint32_t i = 0; i < 6; ++i) v(kSegments + 16 * i, cpu.segs[i]);
  v(kLdtr, cpu.ldtr);
  v(kTr, cpu.tr);
}

// Attributes stand as in bits 8-23 of a descriptor, without the limit's.
uint16_t area_attributes(const Segment& s) {
  return static_cast<uint16_t>((s.attributes & 0xff) | (s.attributes & 0xf00) << 4);
}

void save_segment(SmmArea& area, uint32_t at, const Segment& s) {
  area.put<uint16_t>(at, s.selector);
  area.put<uint16_t>(at + 2, area_attributes(s));
  area.put<uint32_t>(at + 4, s.limit);
  area.put<uint64_t>(at + 8, s.base);
}

Segment saved_segment(const SmmArea& area, uint32_t at) {
  const uint16_t attributes = area.get<uint16_t>(at + 2);
  Segment s;
  s.selector = area.get<uint16_t>(at);
  s.attributes = static_cast<uint16_t>((attributes & 0xff) | (attributes >> 4 & 0xf00));
  s.limit = area.get<uint32_t>(at + 4);
  s.base = area.get<uint64_t>(at + 8);
  return s;
}

void save_state(Cpu& cpu, SmmArea& area) {
  for_each_register(cpu, [&](uint32_t at, uint64_t value) { area.put<uint64_t>(at, value); });
  for_each_segment(cpu, [&](uint32_t at, const Segment& s) { save_segment(area, at, s); });
  area.put<uint16_t>(kGdtrLimit, cpu.gdtr.limit);
  area.put<uint16_t>(kIdtrLimit, cpu.idtr.limit);
  area.put<uint64_t>(kRflags, cpu.read_rflags());
  area.put<uint32_t>(kRevision, kRevisionValue);
  area.put<uint32_t>(kSmbase, cpu.smbase);
  // An SMI ends a wait of MWAIT; to HLT the processor goes back (SDM 3C 31.10).
  area.put<uint8_t>(kHaltRestart, cpu.halted && !cpu.waits_for_store());
}

void save_port_instruction(const PortInstruction& insn, SmmArea& area) {
  area.put<uint32_t>(kIoInfo, insn.info);
  area.put<uint64_t>(kIoRip, insn.rip);
  area.put<uint64_t>(kIoRcx, insn.rcx);
  area.put<uint64_t>(kIoRsi, insn.rsi);
  area.put<uint64_t>(kIoRdi, insn.rdi);
}

// SDM 3C table 31-4.
void set_entry_state(Cpu& cpu) {
  cpu.cr0 &= ~(kCr0Pe | kCr0Em | kCr0Ts | kCr0Pg);
  cpu.cr4 = 0;
  cpu.efer = 0;
  cpu.dr[7] = 0x400;
  cpu.write_rflags(2);
  cpu.rip = kRipInSmm;
  cpu.cpl = 0;
  for (Segment& s : cpu.segs) s = Segment{0, 0x893, 0xffffffff, 0};
  cpu.segs[kCs].selector = static_cast<uint16_t>(cpu.smbase >> 4);
  cpu.segs[kCs].base = cpu.smbase;
}

// What makes RSM shut the processor down (SDM 3C 31.4.1).
bool acceptable(const Cpu& cpu, const SmmArea& area) {
  const auto cr0 = area.get<uint64_t>(kCr0), cr4 = area.get<uint64_t>(kCr4),
             efer = area.get<uint64_t>(kEfer);
  constexpr uint64_t kKnownEfer = kEferSce | kEferLme | kEferLma | kEferNxe;
  const bool long_mode = (cr0 & kCr0Pg) && (efer & kEferLme);
  return cr0_legal(cr0) && !(cr4 & ~known_cr4(cpu)) && !(efer & ~kKnownEfer) &&
         (!long_mode || (cr4 & kCr4Pae)) && (!(cr4 & kCr4Pcide) || long_mode);
}

void restore_state(Cpu& cpu, const SmmArea& area) {
  for_each_register(cpu, [&](uint32_t at, uint64_t& value) { value = area.get<uint64_t>(at); });
  for_each_segment(cpu, [&](uint32_t at, Segment& s) { s = saved_segment(area, at); });
  cpu.gdtr.limit = area.get<uint16_t>(kGdtrLimit);
  cpu.idtr.limit = area.get<uint16_t>(kIdtrLimit);
  cpu.cr0 |= kCr0Et;
  const bool long_mode = (cpu.cr0 & kCr0Pg) && (cpu.efer & kEferLme);
  cpu.efer = long_mode ? cpu.efer | kEferLma : cpu.efer & ~kEferLma;
  cpu.dr[6] = (cpu.dr[6] & kDr6Writable) | kDr6Fixed;
  cpu.dr[7] = (cpu.dr[7] & kDr7Writable) | kDr7Fixed;
  cpu.write_rflags(area.get<uint64_t>(kRflags) & kFlagsInUse);
  cpu.smbase = area.get<uint32_t>(kSmbase);
  const bool v86 = cpu.protected_mode() && cpu.v86();
  const unsigned level = cpu.protected_mode() ? cpu.segs[kSs].dpl() : 0;
  cpu.cpl = static_cast<uint8_t>(v86 ? 3 : level);
  cpu.halted = false;
  if (area.get<uint8_t>(kHaltRestart) & 1) cpu.halt();
}

// The handler wrote 0xff: the port instruction that caused the SMI runs again.
void restart_port_instruction(Cpu& cpu, const SmmArea& area) {
  if (area.get<uint8_t>(kIoRestart) != 0xff || area.get<uint32_t>(kIoInfo) == 0) return;
  cpu.rip = area.get<uint64_t>(kIoRip);
  cpu.regs[kRcx] = area.get<uint64_t>(kIoRcx);
  cpu.regs[kRsi] = area.get<uint64_t>(kIoRsi);
  cpu.regs[kRdi] = area.get<uint64_t>(kIoRdi);
}

}  // namespace

void Cpu::set_smi() {
  smi_pending_ = true;
  exit_request = true;
}

void Cpu::enter_smm() {
  Log::print(LogItem::kInt, "SMI: smbase {:#x}, rip {:#x}", smbase, rip);
  SmmArea area;
  save_state(*this, area);
  if (port_instruction_.at == retired_) save_port_instruction(port_instruction_, area);
  smm = true;
  area.store(*this);
  smi_pending_ = halted = between_iterations = false;
  nmi_blocked_outside_ = std::exchange(nmi_blocked_, true);
  debug_hits_outside_ = std::exchange(debug_hits_, 0);
  set_entry_state(*this);
  set_smm(true);
  if (InsnTrace::recording()) InsnTrace::recorder().changed_outside(*this);
}

Status Cpu::leave_smm(const Op* op) {
  SmmArea area;
  area.load(*this);
  if (!acceptable(*this, area)) {
    Log::print(LogItem::kInt, "RSM: the saved state is not legal");
    shut_down();
    return Status::kOk;
  }
  restore_state(*this, area);
  restart_port_instruction(*this, area);
  nmi_blocked_ = nmi_blocked_outside_;
  debug_hits_ = std::exchange(debug_hits_outside_, 0);
  if (rflags & kFlagRf) resume_flag_loaded(op);
  set_smm(false);
  if (uses_pae_paging(cr0, cr4, efer) && load_pdptes(*this, cr3) != Status::kOk) {
    pending_ = {};
    shut_down();
  }
  return Status::kOk;
}

void Cpu::set_smm(bool inside) {
  smm = inside;
  debug_registers_changed();
  memory_switched();
}

namespace sys {

Status rsm(Cpu& cpu, const Op* op) { return cpu.smm ? cpu.leave_smm(op) : cpu.raise(kVectorUd); }

}  // namespace sys
}  // namespace vireo
