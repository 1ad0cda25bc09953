// The run loop: from one block to the next, with everything that happens
// between instructions.
#include "cpu/cpu.h"

#include <algorithm>
#include <utility>

#include "cpu/block/trace.h"
#include "cpu/exec/sse_env.h"
#include "cpu/trace/insn_recorder.h"
#include "cpu/trace/insn_trace.h"
#include "machine/base/trace_event.h"

namespace vireo {
namespace {

constexpr unsigned kMostEventsInARow = 16;
constexpr uint64_t kA20 = uint64_t{1} << 20;

// Whether a loaded state has only what a processor can have in what the engine, or the host's
// own MXCSR, takes as it is.
bool sound(const CpuState& state) {
  constexpr unsigned kX87Registers = 8, kMostCpl = 3;
  return (state.mxcsr & ~kMxcsrWritable) == 0 && state.x87.top < kX87Registers &&
         state.cpl <= kMostCpl && (state.a20_mask | kA20) == ~uint64_t{0};
}

}  // namespace

Cpu::Cpu(GuestMemory& memory, IoSpace& mmio, IoSpace& ports, VirtualClock& clock,
         const CpuModel& model)
    : memory_(memory), mmio_(mmio), ports_(ports), clock_(clock), model_(model) {
  memory_.add_code_keeper(*this);
  reset();
}

Cpu::~Cpu() {
  disarm_monitor();
  memory_.remove_code_keeper(*this);
}

void Cpu::reset() {
  if (Log::on(LogItem::kCpuReset)) Log::line(dump_registers(*this));
  static_cast<CpuState&>(*this) = CpuState{};
  machine_check_ = {};
  if (has(kFeatMonitor)) misc_enable |= kMiscEnableMonitor;
  cr0 = kCr0Cd | kCr0Nw;
  init();
}

void Cpu::init() {
  std::fill(std::begin(regs), std::end(regs), 0);
  regs[kTwoPagesReg] = 2 * kPageSize;
  regs[kRdx] = cpuid(model_, 1, 0, CpuidContext{}).eax;
  write_rflags(2);
  rip = 0xfff0;
  cr0 = (cr0 & (kCr0Cd | kCr0Nw)) | kCr0Et;
  cr2 = cr3 = cr4 = cr8 = efer = 0;
  for (Segment& s : segs) s = Segment{0, 0x93, 0xffff, 0};
  segs[kCs] = Segment{0xf000, 0x9b, 0xffff, 0xffff0000};
  ldtr = Segment{0, 0x82, 0xffff, 0};
  tr = Segment{0, 0x8b, 0xffff, 0};
  gdtr = idtr = DescriptorTable{0, 0xffff};
  std::fill(std::begin(dr), std::end(dr), 0);
  dr[6] = 0xffff0ff0;
  dr[7] = 0x400;
  cpl = 0;
  halted = inhibit_interrupts = false;
  disarm_monitor();
  monitor_ = {};
  pending_ = {};
  debug_hits_ = resume_flag_at_ = debug_control = 0;
  debug_fault_ = stack_shadow = between_iterations = false;
  debug_registers_changed();
  smi_pending_ = machine_check_pending_ = nmi_blocked_outside_ = false;
  debug_hits_outside_ = 0;
  port_instruction_ = {};
  nmi_pending_ = nmi_blocked_ = shutdown_ = false;
  forget_engine_state();
  interrupt_changed();
}

void Cpu::start_at(uint8_t page) {
  segs[kCs].selector = static_cast<uint16_t>(page << 8);
  segs[kCs].base = uint64_t{page} << 12;
  rip = 0;
  mode_changed();
}

void Cpu::forget_engine_state() {
  jumps = blocks_.jump_table();
  step_next_ = false;
  link_from = nullptr;
  mmu_.flush_all();
  blocks_.new_generation();
  mode_changed();
}

void Cpu::set_a20(bool open) {
  const uint64_t mask = open ? ~uint64_t{0} : ~kA20;
  if (mask == a20_mask) return;
  a20_mask = mask;
  memory_switched();
}

void Cpu::memory_switched() {
  mmu_.flush_all();
  blocks_.new_generation();
  mode_changed();
}

void Cpu::update_interrupt_line() { interrupt_line_ = apic_ != nullptr && apic_->has_interrupt(); }

void Cpu::interrupt_changed() { update_interrupt_line(); }

void Cpu::sync_clock(const Op* op) {
  const int64_t ahead = op != nullptr ? slice_ - budget - op->remaining : 0;
  clock_.set_instructions(others_ + retired_ + static_cast<uint64_t>(ahead));
}

void Cpu::code_written(GuestAddr addr, uint64_t length) {
  if (monitor_.covers(addr, length)) monitored_line_written();
  ++stats_.blocks_invalidated;
  blocks_.invalidate(memory_, addr, length);
}

void Cpu::code_found(const std::byte* host_page) {
  mmu_.protect_code(reinterpret_cast<const uint8_t*>(host_page));
}

bool Cpu::keeps_code(GuestAddr addr, uint64_t length) const {
  return monitor_.covers(addr, length) || blocks_.covers(addr, length);
}

namespace {

void tell_apic(std::string_view kind, uint64_t physical, unsigned size, uint64_t value) {
  if (!TraceEvents::on(LogItem::kMmio)) return;
  TraceEvents::tell(LogItem::kMmio, kind,
                    {TraceField::word("device", "local APIC"), TraceField::hex("addr", physical),
                     TraceField::count("size", size), TraceField::hex("value", value)});
}

}  // namespace

uint64_t Cpu::read_device(uint64_t physical, unsigned size) {
  if (!in_private_page(physical)) return mmio_.read(physical, size);
  const uint64_t value = private_page_->read(physical - private_base_, size);
  tell_apic("mmio_read", physical, size, value);
  return value;
}

void Cpu::write_device(uint64_t physical, unsigned size, uint64_t value) {
  if (!in_private_page(physical)) return mmio_.write(physical, size, value);
  tell_apic("mmio_write", physical, size, value);
  private_page_->write(physical - private_base_, size, value);
}

// xorshift64*: full period, seeded by the user, the same on every host.
uint64_t Cpu::random64() {
  uint64_t x = random_state_ != 0 ? random_state_ : 0x9e3779b97f4a7c15;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  random_state_ = x;
  return x * 0x2545f4914f6cdd1d;
}

// Runs `block`, whose instructions have been paid for out of `budget`.
void Cpu::execute(const Block* block) {
  const Op* op = block->ops();
#if defined(VIREO_DISPATCH_TAIL)
  op->fn(*this, op);
#else
  while (op != nullptr) op = op->fn(*this, op);
#endif
}

// Mostly short, so that blocks are cut anywhere, and at times long.
uint64_t Cpu::random_slice() {
  slices_.seed = slices_.seed * 6364136223846793005 + 1442695040888963407;
  const uint64_t bits = slices_.seed >> 33;
  return 1 + bits % ((bits >> 20) % 8 == 0 ? 5000 : 40);
}

// The block at RIP that may run now. Code must lie inside CS (SDM 3A 5.3): what
// would leave it runs one by one up to the limit. Null: a fault is pending.
const Block* Cpu::fetch(bool& single, int64_t& limit) {
  const Block* block = blocks_.find(*this, rip, single, limit);
  if (code_mode == CodeMode::k64 || block == nullptr) return block;
  const auto inside = [&] { return rip + block->bytes() - 1 <= segs[kCs].limit; };
  if (inside()) return block;
  if (!single && !block->from_device) {
    single = true;
    limit = 1;
    block = blocks_.find(*this, rip, single, limit);
    if (block == nullptr || inside()) return block;
  }
  raise(kVectorGp, 0);
  return nullptr;
}

// One turn of the run loop: a chain of blocks, or one instruction alone. False
// when fetching faulted.
bool Cpu::turn(uint64_t most) {
  const bool trap = rflags & kFlagTf;
  const bool traced = Log::on(LogItem::kExec) || Log::on(LogItem::kCpu);
  const bool shadow = inhibit_interrupts;
  const bool break_at_code = breakpoints_.on_code();
  if (break_at_code && meets_code_breakpoint()) return false;
  const bool alone = slices_.kind == Slices::Kind::kAlone;
  bool single = step_next_ || trap || shadow || traced || break_at_code || alone;
  if (slices_.kind == Slices::Kind::kRandom) most = std::min(most, random_slice());
  int64_t limit = single ? 1 : static_cast<int64_t>(std::min<uint64_t>(most, INT32_MAX - 1));
  slice_ = budget = 0;
  if (code_mode != CodeMode::k64 && rip > segs[kCs].limit) {
    raise(kVectorGp, 0);
    return false;
  }
  const Block* block = fetch(single, limit);
  if (block == nullptr) return false;
  if (block->from_device) {
    // It was fetched, which the device noticed: it must not be fetched again.
    single = true;
    limit = 1;
  }
  if (link_from != nullptr && !block->crosses_page && !blocks_.is_scratch(block)) {
    *link_from = block;
  }
  link_from = nullptr;
  if (traced) trace_step(*this);
  const uint64_t base = seg_base[kCs];
  regs[kRipPageReg] = ((rip + base) & ~kPageMask) - base;
  stepping = single;
  slice_ = limit;
  budget = limit - block->instructions;
  trap_cancelled = branched = false;
  iterating_ = std::exchange(between_iterations, false);
  const uint64_t held = debug_hits_;
  execute(block);
  const int64_t left = budget;
  const int64_t done = slice_ - left;
  slice_ = budget = 0;
  stepping = step_next_ = false;
  if (single || blocks_.is_scratch(block)) link_from = nullptr;
  retired_ += static_cast<uint64_t>(done);
  if (InsnTrace::recording()) {
    InsnTrace::recorder().end_turn(*this, static_cast<uint64_t>(done), left,
                                   pending_.kind == Pending::Kind::kException);
  }
  if (done == 0) between_iterations = iterating_;
  if (shadow && done > 0) inhibit_interrupts = stack_shadow = false;
  if (trap || debug_hits_ != 0 || (rflags & kFlagRf)) {
    finish_debug(trap, done > 0, held);
  }
  return true;
}

// Delivers the first of the exceptions and interrupts that are due before the next
// instruction. True: there was one, and there may be more.
bool Cpu::between_instructions() {
  if (pending_.kind >= Pending::Kind::kRestartAlone) {
    if (pending_.kind == Pending::Kind::kDebugger) return false;
    pending_ = {};
    step_next_ = true;
    ++stats_.stepped;
    return false;
  }
  if (pending_.kind == Pending::Kind::kNone) {
    if ((machine_check_pending_ || smi_pending_) && take_urgent_event()) return true;
    if (debug_trap_due()) raise_debug_trap();
    if (pending_.kind == Pending::Kind::kDebugger) return false;
  }
  if (pending_.kind == Pending::Kind::kException) {
    link_from = nullptr;
    halted = false;
    deliver_pending();
    return true;
  }
  const bool deliverable = nmi_pending_ || (interrupt_line_ && (rflags & kFlagIf));
  if (!deliverable || step_next_ || !deliver_interrupt()) return false;
  link_from = nullptr;
  halted = false;
  return true;
}

// One event after the other, until the first instruction of a handler can run. A
// guest whose gates leave interrupts on may have them without end: it gets that
// instruction, alone, at last. True: no instruction can run yet.
bool Cpu::events_delivered() {
  for (unsigned i = 0; i < kMostEventsInARow; ++i) {
    if (!between_instructions() || shutdown_) break;
    step_next_ = i + 1 == kMostEventsInARow && pending_.kind == Pending::Kind::kNone;
  }
  if (interrupt_ends_wait()) halted = false;
  return pending_.kind != Pending::Kind::kNone || debug_trap_due();
}

// From turn to turn; with `stepping` until an instruction has retired.
template <bool stepping>
CpuExit Cpu::run_to(uint64_t end) {
  const uint64_t begin = retired_;
  for (;;) {
    const bool more = events_delivered();
    if (shutdown_) return CpuExit::kTripleFault;
    const bool told = pending_.kind == Pending::Kind::kDebugger;
    if (more && !told) continue;
    if (halted) return CpuExit::kHalted;
    if (told || (exit_request && !step_next_)) {
      return yielded_ ? CpuExit::kYield : CpuExit::kRequest;
    }
    if (retired_ >= end) return CpuExit::kBudget;
    turn(end - retired_);
    if constexpr (stepping) {
      if (retired_ != begin && pending_.kind != Pending::Kind::kDebugger) {
        stop_for_debugger({DebugStop::Kind::kStep, 0, {}});
      }
    }
  }
}

CpuExit Cpu::run(uint64_t max_instructions) {
  exit_request = yielded_ = false;
  others_ = clock_.instructions() - retired_;
  if (InsnTrace::armed()) InsnTrace::recorder().enter(*this);
  enter_guest_fp(*this);
  const CpuExit exit = step_for_debugger_
                           ? run_to<true>(retired_ + std::min<uint64_t>(max_instructions, 1))
                           : run_to<false>(retired_ + max_instructions);
  leave_guest_fp(*this);
  link_from = nullptr;
  clock_.set_instructions(others_ + retired_);
  if (pending_.kind == Pending::Kind::kDebugger) tell_debugger();
  return exit;
}

void Cpu::visit(Archive& archive) {
  if (archive.saving()) {
    uint64_t arithmetic = flags;
    archive.io(arithmetic);
  } else {
    uint64_t arithmetic = 0;
    archive.io(arithmetic);
    flags = static_cast<PackedFlags>(arithmetic);
  }
  for (unsigned i = 0; i < 16; ++i) archive.io(regs[i]);
  for (uint64_t* value : {&rip, &rflags, &cr0, &cr2, &cr3, &cr4, &cr8, &efer, &star, &lstar, &cstar,
                          &sfmask, &kernel_gs_base, &tsc_aux, &sysenter_cs, &sysenter_esp,
                          &sysenter_eip, &pat, &tsc_offset, &tsc_adjust, &misc_enable,
                          &mtrr_def_type, &microcode_revision, &random_state_, &retired_,
                          &delivered_at_, &fruitless_}) {
    archive.io(*value);
  }
  archive.io(mtrr_fixed);
  archive.io(mtrr_base);
  archive.io(mtrr_mask);
  archive.io(dr);
  archive.io(xcr0);
  archive.io(pkru);
  archive.io(smbase);
  archive.io(smm);
  archive.io(a20_mask);
  archive.io(pdptes);
  archive.io(cpl);
  archive.io(halted);
  visit_monitor(archive);
  archive.io(inhibit_interrupts);
  archive.io(stack_shadow);
  archive.io(between_iterations);
  archive.io(debug_control);
  archive.io(debug_hits_);
  archive.io(resume_flag_at_);
  archive.io(nmi_pending_);
  archive.io(nmi_blocked_);
  archive.io(smi_pending_);
  archive.io(nmi_blocked_outside_);
  archive.io(debug_hits_outside_);
  archive.io(machine_check_pending_);
  archive.io(port_instruction_.at);
  archive.io(port_instruction_.rip);
  archive.io(port_instruction_.rcx);
  archive.io(port_instruction_.rsi);
  archive.io(port_instruction_.rdi);
  archive.io(port_instruction_.info);
  machine_check_.visit(archive);
  archive.io(shutdown_);
  for (Segment& s : segs) visit_segment(archive, s);
  visit_segment(archive, ldtr);
  visit_segment(archive, tr);
  for (DescriptorTable* table : {&gdtr, &idtr}) {
    archive.io(table->base);
    archive.io(table->limit);
  }
  visit_fp(archive);
  if (archive.saving()) return;
  if (!sound(*this)) {
    archive.fail();
    reset();
  }
  passed_ = {};
  debug_registers_changed();
  mmu_.flush_all();
  blocks_.clear(*this);
  blocks_.new_generation();
  mode_changed();
}

// What was armed before the load is not any more; what is now marks its page.
void Cpu::visit_monitor(Archive& archive) {
  const StoreMonitor before = monitor_;
  monitor_.visit(archive);
  if (archive.saving()) return;
  const StoreMonitor loaded = std::exchange(monitor_, before);
  disarm_monitor();
  monitor_ = loaded;
  monitor_.armed = false;
  if (loaded.armed) arm_monitor(GuestAddr{loaded.line});
}

void Cpu::visit_segment(Archive& archive, Segment& segment) {
  archive.io(segment.selector);
  archive.io(segment.attributes);
  archive.io(segment.limit);
  archive.io(segment.base);
}

void Cpu::visit_fp(Archive& archive) {
  for (X87Reg& r : x87.st) {
    archive.io(r.significand);
    archive.io(r.sign_exponent);
  }
  archive.io(x87.control);
  archive.io(x87.status);
  archive.io(x87.top);
  archive.io(x87.empty);
  archive.io(x87.opcode);
  archive.io(x87.instruction_pointer);
  archive.io(x87.data_pointer);
  archive.io(x87.instruction_selector);
  archive.io(x87.data_selector);
  archive.io(x87.error_ignored);
  archive.io(mxcsr);
  for (VecReg& v : vec) archive.io(v.u64);
}

}  // namespace vireo
