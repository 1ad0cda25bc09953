// The local APIC of one processor: xAPIC register window and x2APIC MSRs (SDM
// 3A chapter 11). Version 0x14 with six LVT entries, without CMCI and without
// suppression of EOI broadcasts.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "cpu/apic/apic_bus.h"
#include "cpu/apic/apic_cpu.h"
#include "cpu/apic/apic_timer.h"
#include "cpu/apic/interrupt_bitmap.h"
#include "machine/base/device.h"
#include "machine/base/event_queue.h"
#include "machine/base/guest_addr.h"
#include "machine/base/io_space.h"
#include "machine/base/irq_line.h"

namespace vireo {

struct LocalApicConfig {
  uint32_t id = 0;              // initial APIC id, below 255; processor 0 boots
  bool x2apic = true;           // CPUID offers x2APIC
  unsigned physical_bits = 40;  // MAXPHYADDR, for reserved bits of IA32_APIC_BASE
  // Runs the acknowledge cycle of the 8259 pair and returns its vector; needed
  // as soon as LINT0 or a message asks for an ExtINT.
  std::function<int()> acknowledge_external;
};

// The IoHandler is the 4 KiB xAPIC window. It lies at window(), privately for
// this CPU: the CPU looks there before it asks the machine's address space.
// The InterruptSink has two inputs: the pins LINT0 (the 8259's INTR) and LINT1
// (NMI).
class LocalApic : public Device, public IoHandler, public InterruptSink {
 public:
  static constexpr unsigned kLint0 = 0;
  static constexpr unsigned kLint1 = 1;

  // Nothing is owned; all must outlive the APIC. The caller attaches it to the bus.
  LocalApic(LocalApicConfig config, EventQueue& events, ApicBus& bus, ApicCpu& cpu,
            const TscSource& tsc);

  std::string_view name() const override { return name_; }
  // Registers as after power-on. Processor 0, which boots, finds its APIC as PC
  // firmware leaves it: enabled, LINT0 passing the 8259's interrupts ("virtual
  // wire mode"), LINT1 for NMI.
  void reset() override;
  void visit(Archive& archive) override;
  // An INIT: as reset, but IA32_APIC_BASE and the APIC id stay.
  void init();

  // --- Interrupts, for the CPU -------------------------------------------
  // Whether acknowledge() would give a vector: a fixed interrupt above the
  // processor priority, or an external one from the 8259. RFLAGS.IF and shadows
  // are the CPU's business.
  bool has_interrupt() const;
  // Takes the interrupt: moves its bit from IRR to ISR, or acknowledges the 8259.
  // -1 when has_interrupt() is false.
  int acknowledge();

  // CR8 (SDM 3A 11.8.6): TPR bits 7:4.
  uint64_t cr8() const { return tpr_ >> 4; }
  void set_cr8(uint64_t value);

  // --- Registers, for the CPU ---------------------------------------------
  // IA32_APIC_BASE, MSR 0x1b. False means #GP and no change.
  uint64_t apic_base() const { return base_; }
  bool write_apic_base(uint64_t value);

  // Where the xAPIC window is; nothing while disabled or in x2APIC mode.
  std::optional<GuestAddr> window() const;
  uint64_t read(uint64_t offset, unsigned size) override;
  void write(uint64_t offset, unsigned size, uint64_t value) override;

  // A register by its number (apic::Register), for those who show it: without any effect.
  uint32_t peek(unsigned index) { return read_register(index); }

  // MSRs 0x800-0x8ff. False (#GP) outside x2APIC mode and where the SDM says so.
  bool read_msr(uint32_t index, uint64_t& value);
  bool write_msr(uint32_t index, uint64_t value);

  // IA32_TSC_DEADLINE, MSR 0x6e0; never faults.
  uint64_t tsc_deadline() const { return timer_.deadline_tsc(); }
  void set_tsc_deadline(uint64_t tsc) { timer_.set_deadline_tsc(tsc); }
  // The guest wrote the TSC (or TSC_ADJUST).
  void tsc_changed() { timer_.tsc_changed(); }

  // Raise the LVT's performance counter or thermal interrupt.
  void raise_performance() { deliver_local(kLvtPerformance); }
  void raise_thermal() { deliver_local(kLvtThermal); }

  // --- Inputs -----------------------------------------------------------------
  // The wires LINT0 and LINT1.
  void set_input(unsigned pin, bool level) override;
  // From the bus: this APIC is meant by the message.
  void accept(const ApicMessage& message);

  bool is_destination(const ApicMessage& message) const;
  // Accepts fixed interrupts: enabled in IA32_APIC_BASE and in SVR.
  bool software_enabled() const { return enabled() && (spurious_ & kSpuriousEnable) != 0; }
  // The PPR (SDM 3A 11.8.3.1).
  uint8_t processor_priority() const;
  // As CPUID and the ID register tell it; the guest cannot change it.
  uint32_t id() const { return config_.id; }

 private:
  enum LvtIndex { kLvtTimer, kLvtThermal, kLvtPerformance, kLvtLint0, kLvtLint1, kLvtError, kLvts };
  static constexpr uint32_t kSpuriousEnable = 1u << 8;

  bool enabled() const { return (base_ & (1u << 11)) != 0; }
  bool x2apic() const { return (base_ & (3u << 10)) == (3u << 10); }

  void reset_registers();
  uint32_t read_register(unsigned index);
  void write_register(unsigned index, uint32_t value);

  uint32_t logical_id() const;
  int deliverable() const;
  bool external_pending() const;
  bool in_logical_set(uint32_t destination, bool wide) const;

  void set_task_priority(uint8_t value);
  void end_of_interrupt();
  void write_spurious(uint32_t value);
  void write_error_status();
  void write_lvt(unsigned entry, uint32_t value);
  void configure_timer();
  void send_command(uint32_t destination);
  void self_ipi(uint8_t vector);
  void raise(uint8_t vector, bool level);
  void deliver_local(LvtIndex entry);
  void service_lint(unsigned pin, bool rising);
  void release_lint(uint8_t vector);
  void error(uint32_t bit);

  LocalApicConfig config_;
  std::string name_;
  ApicBus& bus_;
  ApicCpu& cpu_;
  ApicTimer timer_;

  uint64_t base_ = 0;
  uint8_t tpr_ = 0;
  uint32_t logical_destination_ = 0;
  uint32_t destination_format_ = 0;
  uint32_t spurious_ = 0;
  uint32_t error_status_ = 0;
  uint32_t pending_errors_ = 0;
  uint32_t command_ = 0;
  uint32_t command_destination_ = 0;
  std::array<uint32_t, kLvts> lvt_{};
  InterruptBitmap requests_;       // IRR
  InterruptBitmap in_service_;     // ISR
  InterruptBitmap trigger_;        // TMR: set = level
  bool external_message_ = false;  // an ExtINT came as a message
  std::array<bool, 2> lint_{};
};

}  // namespace vireo
