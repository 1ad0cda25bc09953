// One x86-64 processor: the run loop around the block engine, exceptions and
// interrupts, and what the handlers call for slow work.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "cpu/block/block_cache.h"
#include "cpu/cpu_model.h"
#include "cpu/debug/debug_points.h"
#include "cpu/mmu/mmu.h"
#include "cpu/state/breakpoints.h"
#include "cpu/state/cpu_state.h"
#include "cpu/state/machine_check.h"
#include "cpu/state/store_monitor.h"
#include "machine/base/archive.h"
#include "machine/base/guest_memory.h"
#include "machine/base/io_space.h"
#include "machine/base/virtual_clock.h"

namespace vireo {

// Outcome of an instruction's slow semantic function.
enum class Status : uint8_t { kOk, kFault };

// What the processor asks of its local interrupt controller.
class InterruptController {
 public:
  virtual ~InterruptController() = default;
  virtual bool has_interrupt() const = 0;
  // The vector to deliver now (the interrupt becomes in service).
  virtual int acknowledge() = 0;
  virtual void set_cr8(uint8_t priority) = 0;
  virtual uint8_t cr8() const = 0;
  // MSR 0x1b and 0x800-0x8ff, 0x6e0; false means #GP(0).
  virtual bool read_msr(uint32_t index, uint64_t& value) = 0;
  virtual bool write_msr(uint32_t index, uint64_t value) = 0;
  // The guest wrote the TSC: a TSC deadline lies at another virtual time now.
  virtual void tsc_changed() {}
  // The processor has ended an MWAIT because of a store.
  virtual void woken_by_store() {}
  virtual bool enabled() const = 0;
  virtual uint32_t id() const = 0;
};

// Why run() came back.
enum class CpuExit : uint8_t {
  kBudget,       // the instructions asked for have retired
  kRequest,      // request_exit() was called: look at events
  kHalted,       // HLT, and nothing to deliver
  kYield,        // PAUSE while other processors have work to do
  kTripleFault,  // SDM 3A 6.15 "Interrupt 8": the processor shut down
};

// How much the CPU takes at a time. A run is the same with each; tests compare.
struct Slices {
  enum class Kind : uint8_t { kBlocks, kAlone, kRandom } kind = Kind::kBlocks;
  uint64_t seed = 0;  // kRandom: of the lengths
};

// The last instruction that reached a port, for system management mode (AMD64 APM
// 2, 10.2.3): `info` has the port in bits 16-31, the size in bytes in 4-6, and
// REP, string, valid and IN in bits 3-0.
struct PortInstruction {
  uint64_t at = 0;  // instructions retired with it
  uint64_t rip = 0, rcx = 0, rsi = 0, rdi = 0;  // as before it
  uint32_t info = 0;
};

struct CpuStats {
  uint64_t blocks_built = 0, blocks_invalidated = 0, cache_flushes = 0, tlb_fills = 0,
           interrupts = 0, exceptions = 0, stepped = 0;
};

class Cpu : public CpuState, public CodeKeeper {
 public:
  // All references must outlive the Cpu.
  Cpu(GuestMemory& memory, IoSpace& mmio, IoSpace& ports, VirtualClock& clock,
      const CpuModel& model);
  ~Cpu() override;

  // Power-on state (SDM 3A 9.1.1): real mode at F000:FFF0.
  void reset();
  // The state after an INIT (SDM 3A table 9-1): as after a reset, except that x87,
  // vector registers, caching bits, the TSC and most MSRs keep their values.
  void init();
  // An application processor begins at the page that a start-up IPI names.
  void start_at(uint8_t page);
  void set_interrupt_controller(InterruptController* controller) { apic_ = controller; }
  void set_seed(uint64_t seed) { random_state_ = seed; }
  void set_slices(const Slices& slices) { slices_ = slices; }

  // Runs until `max_instructions` have retired or something else ends it. The
  // clock's instruction count, to which that of the other processors belongs as
  // well, is exact on return.
  CpuExit run(uint64_t max_instructions);

  // Ends the current run() at the next instruction boundary where a device may
  // be heard: called from within device accesses.
  void request_exit() { exit_request = true; }
  // The A20 gate: closed, it holds bit 20 of every physical address at 0.
  void set_a20(bool open);
  void set_nmi() { nmi_pending_ = true; exit_request = true; }
  void set_smi();
  // Called when FERR# tells of an x87 exception, because CR0.NE is clear: the processor then
  // waits before the next x87 instruction for an interrupt. Without a listener, or once
  // ignore_x87_error() has been called (IGNNE#), it goes on (SDM 1 8.7.2).
  void set_ferr_listener(std::function<void()> f) { ferr_listener_ = std::move(f); }
  void ignore_x87_error() { x87.error_ignored = true; }
  // What an instruction that waits does about an exception: #MF, or the above.
  Status x87_error();
  // The machine found an error: logged in `bank`, and #MC if it is uncorrected.
  void machine_check(unsigned bank, const MachineCheckError& error);
  MachineCheck& machine_checks() { return machine_check_; }
  // MONITOR arms the line of a physical address; with a line armed, MWAIT halts until
  // there is a store to it, or an event (cpu/exec/monitor_wait.cc).
  void arm_monitor(GuestAddr addr);
  void wait_for_store(bool any_interrupt);
  // Halted, but a store may end it.
  bool waits_for_store() const { return halted && monitor_.waiting; }
  void halt() {
    halted = true;
    monitor_.waiting = false;
  }
  // The local APIC's output may have changed.
  void interrupt_changed();
  bool interrupt_waiting() const { return interrupt_line_; }
  // Whether a halted processor would go on by itself, because something can be
  // delivered to it.
  bool can_wake() const {
    return (nmi_pending_ && !nmi_blocked_) || (interrupt_line_ && (rflags & kFlagIf)) ||
           (smi_pending_ && !smm) || machine_check_pending_ || interrupt_ends_wait();
  }
  // Other processors have work to do: PAUSE then ends run() with kYield.
  void set_company(bool others_awake) { company_ = others_awake; }
  bool has_company() const { return company_; }
  void yield() { yielded_ = exit_request = true; }
  // The instruction that runs went to a handler which does not inherit its
  // single-step trap (INT n clears TF; SYSCALL as IA32_FMASK says).
  bool trap_cancelled = false;
  // The turn ended with a branch that was taken: what DEBUGCTL.BTF traps.
  bool branched = false;
  // Something is to be done before the next instruction: the run loop's turn.
  bool must_stop() const {
    return stepping || exit_request || pending_.kind != Pending::Kind::kNone ||
           debug_hits_ != 0 || (rflags & kFlagTf) || (nmi_pending_ && !nmi_blocked_) ||
           (interrupt_line_ && (rflags & kFlagIf));
  }

  // A debugger outside the machine (cpu/debug/): what it looks for, or null, and whom to tell.
  // `points` outlives this or another call; after a change of them call one of the next two.
  // None of this changes what the guest sees. When run() comes to a stop for the debugger it
  // tells so, as its last act, and returns kRequest, or kYield or kHalted if that was due.
  void attach_debugger(const DebugPoints* points, std::function<void(const DebugStop&)> stop);
  const DebugPoints* debug_points() const { return debug_points_; }
  void breakpoint_changed(uint64_t linear);
  void watchpoints_changed();
  // The debugger is told after the next instruction that retires, which is alone in its run().
  // What interrupts or faults before it is delivered as ever.
  void step_for_debugger(bool step) { step_for_debugger_ = step; }
  // A breakpoint at the next instruction counts as told.
  void pass_breakpoint() { passed_ = {retired_, linear_ip(rip), false}; }

  uint64_t retired() const { return retired_; }
  // So many exceptions were delivered since an instruction retired that a handler
  // seems to be faulting at its first instruction. Such a guest never retires one
  // again; run() then comes back each time with kRequest, after kStallNs of virtual
  // time, so that the machine around it goes on.
  static constexpr uint64_t kStallDeliveries = 64, kStallNs = 10000;
  bool stalled() const { return fruitless_ >= kStallDeliveries && delivered_at_ == retired_; }
  const CpuStats& stats() const { return stats_; }
  const CpuModel& model() const { return model_; }
  // The machine's processors, of which this is one; CPUID tells it.
  void set_topology(const CpuTopology& topology) { topology_ = topology; }
  const CpuTopology& topology() const { return topology_; }
  void visit(Archive& archive);

  // --- for handlers and semantic functions ---

  // Makes an exception pending; always returns kFault.
  Status raise(Vector vector);
  Status raise(Vector vector, uint32_t error_code);
  Status raise_page_fault(uint64_t address, uint32_t error_code);
  // A block runs; otherwise it is between instructions, where events are delivered.
  bool executing() const { return slice_ != 0; }
  // The instruction must run again alone, so that device access is exact.
  Status restart_alone();

  // A read of a memory-mapped register waits for the device, as on hardware:
  // it takes kDeviceReadNs of virtual time. Loops that poll or calibrate against
  // a device (Linux reads the HPET so for a millisecond) then take as few turns
  // as on a real machine. Writes are posted and take none.
  static constexpr uint64_t kDeviceReadNs = 1000;
  void charge_device_read() {
    clock_.skip_idle(kDeviceReadNs);
    exit_request = true;  // deadlines have come nearer
  }

  // The clock's instruction count as of just before `op`.
  void sync_clock(const Op* op);
  uint64_t tsc() const { return clock_.now_ns() + tsc_offset; }

  // The address to which an access to physical address `address` goes: the A20 gate may close
  // a bit, and system management mode has memory of its own.
  GuestAddr bus_address(uint64_t address, bool fetch = false) const {
    const GuestAddr at{address & a20_mask};
    const SmramMap& smram = memory_.smram_map();
    return smram.enabled ? smram.resolve(at, smm, fetch) : at;
  }

  // RIP of `op` and of what follows it, truncated as the code mode says.
  uint64_t rip_of(const Op* op) const { return mask_ip(regs[kRipPageReg] + op->ip); }
  uint64_t rip_after(const Op* op) const { return mask_ip(regs[kRipPageReg] + op->ip + op->len); }
  uint64_t mask_ip(uint64_t ip) const { return code_mode == CodeMode::k64 ? ip : ip & 0xffffffff; }

  // The linear address of instruction pointer `ip`.
  uint64_t linear_ip(uint64_t ip) const {
    return code_mode == CodeMode::k64 ? ip : (ip + seg_base[kCs]) & 0xffffffff;
  }

  // Recomputes what is cached of mode, privilege and segments. Call after a
  // change of CR0, CR4, EFER, CPL, RFLAGS.AC or any segment register.
  void mode_changed();
  void set_cpl(unsigned cpl_value);

  // A seeded generator for RDRAND, RDSEED (design: determinism).
  uint64_t random64();

  // Device registers as this processor sees them: the page of its own local APIC
  // at `base` (nowhere when it is null), else what the machine has there.
  void set_private_page(uint64_t base, IoHandler* handler) {
    private_base_ = base;
    private_page_ = handler;
  }
  uint64_t read_device(uint64_t physical, unsigned size);
  void write_device(uint64_t physical, unsigned size, uint64_t value);

  Mmu& mmu() { return mmu_; }
  BlockCache& blocks() { return blocks_; }
  IoSpace& ports() { return ports_; }
  GuestMemory& memory() { return memory_; }
  VirtualClock& clock() { return clock_; }
  InterruptController* apic() { return apic_; }
  bool has(CpuFeature feature) const { return model_.has(feature); }

  // RSM (cpu/exec/smm.cc).
  Status leave_smm(const Op* op);
  // Whether accesses at the current privilege must be aligned (SDM 3A 6.15 "#AC").
  bool checks_alignment() const { return cpl == 3 && (cr0 & kCr0Am) && (rflags & kFlagAc); }
  // No exception can be delivered any more: as a triple fault.
  void shut_down() { shutdown_ = true; }

  // Exception and interrupt delivery (cpu/exec/interrupt.cc).
  enum class EventKind : uint8_t { kException, kSoftware, kExternal, kPrivilegedSoftware };
  // Delivers through the IDT; on a fault while doing so, that fault is pending.
  Status deliver(EventKind kind, uint8_t vector, bool has_error, uint32_t error_code,
                 uint64_t return_rip);

  // Debug exceptions (cpu/exec/debug.cc). Call the first after a change of DR0-3,
  // DR7 or CR4.DE.
  void debug_registers_changed();
  const Breakpoints& breakpoints() const { return breakpoints_; }
  // Some page must be watched: data_accessed() is to be asked.
  bool watches_data() const { return watches_data_; }
  bool watches_page(uint64_t linear) const {
    return watches_data_ && (breakpoints_.watches_page(linear) || debugger_watches_page(linear));
  }
  // The running instruction met conditions (bits of DR6): #DB behind it.
  void note_debug(uint64_t dr6_bits) { debug_hits_ |= dr6_bits; }
  // Looks for data breakpoints. False: the instruction must run again alone.
  bool data_accessed(uint64_t linear, unsigned size, bool write);
  // The same for a debugger's watchpoints and an operation on `size` bytes at once, before it
  // and behind it.
  bool span_allowed(uint64_t linear, uint64_t size, bool write);
  void span_accessed(uint64_t linear, uint64_t size, bool write);
  bool debugger_watches_page(uint64_t linear) const {
    return debug_points_ != nullptr && debug_points_->watches_page(linear);
  }
  // `op` stands in front of an instruction: true if a debugger is to be told first.
  bool meets_breakpoint(const Op* op);
  // `op`, an IN, OUT, INS or OUTS, reaches a port.
  void port_accessed(const Op* op, uint16_t port, unsigned size, PortInstruction insn);
  // #DB before a debug register access that DR7.GD forbids.
  Status raise_general_detect();
  // `op`, an IRET, has loaded RF with 1.
  void resume_flag_loaded(const Op* op);

  // CodeKeeper.
  void code_written(GuestAddr addr, uint64_t length) override;
  void code_found(const std::byte* host_page) override;
  bool keeps_code(GuestAddr addr, uint64_t length) const override;
  void memory_switched() override;

  // Where a direct jump left to be linked (see cpu/block/exits.cc).
  const Block** link_from = nullptr;

 private:
  struct Pending {
    enum class Kind : uint8_t { kNone, kException, kRestartAlone, kDebugger } kind = Kind::kNone;
    uint8_t vector = 0;
    bool has_error = false;
    uint32_t error_code = 0;
  };
  void deliver_pending();
  void note_delivery();
  bool deliver_interrupt();
  void execute(const Block* block);
  bool turn(uint64_t most);
  uint64_t random_slice();
  const Block* fetch(bool& single, int64_t& limit);
  bool between_instructions();
  bool events_delivered();
  void forget_engine_state();
  bool in_private_page(uint64_t physical) const {
    return private_page_ != nullptr && physical - private_base_ < kPageSize;
  }
  void visit_segment(Archive& archive, Segment& segment);
  void visit_fp(Archive& archive);
  void visit_monitor(Archive& archive);
  void update_interrupt_line();
  void disarm_monitor();
  void monitored_line_written();
  bool interrupt_ends_wait() const {
    return waits_for_store() && monitor_.any_interrupt && interrupt_line_;
  }
  // The retired count as of the end of `op`.
  uint64_t retired_with(const Op* op) const;
  bool take_urgent_event();
  void take_machine_check();
  void enter_smm();
  void set_smm(bool inside);
  bool meets_code_breakpoint();
  bool single_step_trap() const;
  void finish_debug(bool trap, bool retired_any, uint64_t held);
  bool debug_trap_due() const { return debug_hits_ != 0 && !stack_shadow; }
  void raise_debug_trap();
  template <bool stepping>
  CpuExit run_to(uint64_t end);
  void update_watches_data();
  void note_watchpoint(const DebugPoints::Hit& hit);
  void stop_for_debugger(const DebugStop& stop);
  void tell_debugger();

  GuestMemory& memory_;
  IoSpace& mmio_;
  IoSpace& ports_;
  VirtualClock& clock_;
  CpuModel model_;
  CpuTopology topology_;
  InterruptController* apic_ = nullptr;
  Mmu mmu_;
  BlockCache blocks_;
  Pending pending_;
  bool interrupt_line_ = false;
  bool nmi_pending_ = false;
  bool nmi_blocked_ = false;
  bool shutdown_ = false;
  bool step_next_ = false;
  bool machine_check_pending_ = false;
  bool smi_pending_ = false;
  bool nmi_blocked_outside_ = false;  // of the code that an SMI interrupted
  uint64_t debug_hits_outside_ = 0;   // likewise
  PortInstruction port_instruction_;
  std::function<void()> ferr_listener_;
  MachineCheck machine_check_;
  Breakpoints breakpoints_;
  StoreMonitor monitor_;
  // Bits of DR6 that the next #DB reports; and, for the rest of the instruction or delivery
  // that met it, a debugger's watchpoint.
  uint64_t debug_hits_ = 0;
  static constexpr uint64_t kDebuggerHit = uint64_t{1} << 63;
  bool debug_fault_ = false;     // the pending #DB is a fault (general detection)
  uint64_t resume_flag_at_ = 0;  // RF holds while this many instructions have retired
  bool watches_data_ = false;
  bool iterating_ = false;  // the turn began between parts of a REP instruction
  bool step_for_debugger_ = false;
  const DebugPoints* debug_points_ = nullptr;
  std::function<void(const DebugStop&)> on_debug_stop_;
  DebugStop debug_stop_, watch_stop_;
  struct Passed {
    uint64_t count = ~uint64_t{0}, linear = 0;
    bool alone = false;  // the instruction was to run alone
  } passed_;  // the breakpoint told last, and when
  bool company_ = false;
  bool yielded_ = false;
  uint64_t retired_ = 0;     // as of the start of the current run() slice
  uint64_t others_ = 0;      // of the clock's instructions, those of other processors
  int64_t slice_ = 0;        // budget given to the current slice
  uint64_t random_state_ = 1;
  uint64_t delivered_at_ = 0;  // retired_ at the last exception
  uint64_t fruitless_ = 0;     // exceptions since that count moved
  uint64_t private_base_ = 0;
  IoHandler* private_page_ = nullptr;
  CpuStats stats_;
  Slices slices_;

 public:
  void nmi_unblock() { nmi_blocked_ = false; }
};

}  // namespace vireo
