// Exceptions and interrupts: making them pending, combining them, and taking
// them between instructions (SDM 3A chapter 6).
#include <utility>

#include "cpu/block/row_counts.h"
#include "cpu/cpu.h"
#include "cpu/exec/delivery.h"
#include "cpu/trace/insn_recorder.h"
#include "cpu/trace/insn_trace.h"
#include "machine/base/trace_event.h"

namespace vireo {
namespace {

// SDM 3A table 6-5: which second exception turns a first one into #DF.
enum class Severity : uint8_t { kBenign, kContributory, kPageFault };

Severity severity(uint8_t vector) {
  switch (vector) {
    case kVectorDe:
    case kVectorTs:
    case kVectorNp:
    case kVectorSs:
    case kVectorGp:
      return Severity::kContributory;
    case kVectorPf:
      return Severity::kPageFault;
    default:
      return Severity::kBenign;
  }
}

bool makes_double_fault(uint8_t first, uint8_t second) {
  const Severity a = severity(first), b = severity(second);
  if (a == Severity::kContributory) return b == Severity::kContributory;
  return a == Severity::kPageFault && b != Severity::kBenign;
}

// Exceptions in a row, each raised by the delivery of the one before. More than a
// handful come only from #AC: its delivery at level 3, on a stack that is not
// aligned, raises #AC, and so on for ever. Nothing ends that on hardware but a reset.
constexpr unsigned kMostNested = 16;

// Exceptions after which the same instruction runs again. #DB is one of them only
// where a debug register was protected.
bool is_fault(uint8_t vector, bool debug_fault) {
  if (vector == kVectorDb) return debug_fault;
  return vector != kVectorDf && vector != kVectorMc;
}

}  // namespace

Status Cpu::raise(Vector vector) {
  pending_ = {Pending::Kind::kException, vector, false, 0};
  return Status::kFault;
}

Status Cpu::raise(Vector vector, uint32_t error_code) {
  pending_ = {Pending::Kind::kException, vector, true, error_code};
  return Status::kFault;
}

Status Cpu::raise_page_fault(uint64_t address, uint32_t error_code) {
  cr2 = address;
  return raise(kVectorPf, error_code);
}

// The instruction has not begun: it does when the interrupt's handler returns, or meets the same.
Status Cpu::x87_error() {
  if (cr0 & kCr0Ne) return raise(kVectorMf);
  if (x87.error_ignored || !ferr_listener_) return Status::kOk;
  ferr_listener_();
  halt();
  return Status::kFault;
}

Status Cpu::restart_alone() {
  pending_ = {Pending::Kind::kRestartAlone, 0, false, 0};
  return Status::kFault;
}

void Cpu::note_delivery() {
  if (delivered_at_ != retired_) fruitless_ = 0;
  delivered_at_ = retired_;
  if (++fruitless_ % kStallDeliveries != 0) return;
  clock_.skip_idle(kStallNs);
  exit_request = true;
}

void Cpu::deliver_pending() {
  for (unsigned nested = 0; pending_.kind == Pending::Kind::kException && !shutdown_; ++nested) {
    const Pending first = std::exchange(pending_, {});
    ++stats_.exceptions;
    note_delivery();
    if (RowCounts::on()) RowCounts::all().fault(first.vector);
    if (deliver(EventKind::kException, first.vector, first.has_error, first.error_code, rip) ==
        Status::kOk) {
      return;
    }
    if (first.vector == kVectorDf || nested == kMostNested) {
      Log::print(LogItem::kInt, "triple fault: vector {:02x} while delivering {:02x}",
                 pending_.vector, first.vector);
      pending_ = {};
      shutdown_ = true;
      inhibit_interrupts = stack_shadow = false;  // the instruction behind STI has had its turn
    } else if (makes_double_fault(first.vector, pending_.vector)) {
      raise(kVectorDf, 0);
    }
  }
}

void Cpu::machine_check(unsigned bank, const MachineCheckError& error) {
  if (!machine_check_.report(bank, error)) return;
  machine_check_pending_ = true;
  exit_request = true;
}

// The instructions before it have run to their end: RIPV.
void Cpu::take_machine_check() {
  machine_check_pending_ = halted = false;
  link_from = nullptr;
  if (!(cr4 & kCr4Mce) || machine_check_.in_progress()) return shut_down();
  machine_check_.begin();
  raise(kVectorMc);
  deliver_pending();
}

// What comes before the traps of the last instruction (SDM 3A table 6-2). An SMI
// waits for the end of a shadow, which it could not restore.
bool Cpu::take_urgent_event() {
  if (step_next_) return false;
  if (machine_check_pending_) {
    take_machine_check();
    return true;
  }
  if (smm || inhibit_interrupts) return false;
  link_from = nullptr;
  enter_smm();
  return true;
}

bool Cpu::deliver_interrupt() {
  if (inhibit_interrupts) return false;
  int vector = -1;
  if (nmi_pending_ && !nmi_blocked_) {
    nmi_pending_ = false;
    nmi_blocked_ = true;
    vector = kVectorNmi;
  } else if ((rflags & kFlagIf) && interrupt_line_ && apic_ != nullptr) {
    vector = apic_->acknowledge();
    update_interrupt_line();
  }
  if (vector < 0) return false;
  halted = false;
  ++stats_.interrupts;
  if (deliver(EventKind::kExternal, static_cast<uint8_t>(vector), false, 0, rip) != Status::kOk) {
    deliver_pending();
  }
  return true;
}

Status Cpu::deliver(EventKind kind, uint8_t vector, bool has_error, uint32_t error_code,
                    uint64_t return_rip) {
  GuestEvent event{kind, vector, has_error, error_code, return_rip};
  const bool exception = kind == EventKind::kException;
  const bool instruction = !exception && kind != EventKind::kExternal;
  event.resumes = (between_iterations && !instruction) ||
                  (exception && is_fault(vector, std::exchange(debug_fault_, false)));
  if (TraceEvents::on(LogItem::kInt)) log_event(*this, event);
  if (exception && vector == kVectorPf && TraceEvents::on(LogItem::kPage)) {
    TraceEvents::tell(LogItem::kPage, "page_fault",
                      {TraceField::hex("addr", cr2), TraceField::hex("error", error_code),
                       TraceField::hex("rip", return_rip), TraceField::count("cpl", cpl)});
  }
  // General detection is switched off while its handler runs (SDM 3B 18.2.4),
  // stepping by branches for good (18.4.4).
  if (exception && vector == kVectorDb) {
    dr[7] &= ~kDr7Gd;
    debug_control &= ~kDebugControlBtf;
  }
  const Status status = !protected_mode()    ? deliver_real(*this, event)
                        : long_mode_active() ? deliver_long(*this, event)
                                             : deliver_protected(*this, event);
  if (status != Status::kOk) return status;
  inhibit_interrupts = stack_shadow = between_iterations = false;
  trap_cancelled = true;
  mode_changed();
  if (InsnTrace::recording() && !instruction) {
    const TraceKind traced = exception ? TraceKind::kException : TraceKind::kInterrupt;
    InsnTrace::recorder().delivered(*this, traced, vector, error_code);
  }
  return Status::kOk;
}

}  // namespace vireo
