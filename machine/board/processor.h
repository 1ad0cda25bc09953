// One processor of the board: the CPU core with its local APIC, joined through
// the interfaces that each has for the other.
#pragma once

#include <cstdint>
#include <functional>

#include "cpu/apic/apic_bus.h"
#include "cpu/apic/local_apic.h"
#include "cpu/cpu.h"
#include "machine/base/event_queue.h"
#include "machine/base/guest_memory.h"
#include "machine/base/io_space.h"

namespace vireo {

// What a processor is connected to; all must outlive it.
struct ProcessorWiring {
  GuestMemory& memory;
  IoSpace& mmio;
  IoSpace& ports;
  VirtualClock& clock;
  EventQueue& events;
  ApicBus& apic_bus;
  std::function<int()> acknowledge_external;  // the 8259s' interrupt acknowledge
  std::function<void()> init;                 // an INIT came to the boot processor
  // Processor `index` may have something to do that it had not before.
  std::function<void(unsigned index)> stirred = [](unsigned) {};
};

// Which processor of which machine one is.
struct ProcessorPlace {
  unsigned index = 0;  // 0: the boot processor
  CpuTopology topology;
};

class Processor final : private InterruptController, private ApicCpu, private TscSource {
 public:
  Processor(const CpuModel& model, const ProcessorPlace& place, const ProcessorWiring& wiring);
  Processor(const Processor&) = delete;
  Processor& operator=(const Processor&) = delete;

  Cpu& cpu() { return cpu_; }
  LocalApic& apic() { return apic_; }
  unsigned index() const { return place_.index; }

  // The core's power-on state, with the time-stamp counter at 0. The APIC is a
  // Device, which the board resets with the others, before this. An application
  // processor then waits for a start-up IPI (SDM 3A 9.4).
  void reset();

  // As Cpu::run(). An INIT to itself takes effect at its end; in system management
  // mode each INIT waits (SDM 3C 31.4.1).
  CpuExit run(uint64_t max_instructions);
  // Whether it has instructions to run, now or after taking an interrupt.
  bool awake() const;
  // Nothing but another processor can set it going.
  bool dead() const;
  void visit(Archive& archive);
  // Once the APIC is loaded, too.
  void after_load();

 private:
  // InterruptController.
  bool has_interrupt() const override { return apic_.has_interrupt(); }
  int acknowledge() override { return apic_.acknowledge(); }
  void set_cr8(uint8_t priority) override { apic_.set_cr8(priority); }
  uint8_t cr8() const override { return static_cast<uint8_t>(apic_.cr8()); }
  bool read_msr(uint32_t index, uint64_t& value) override;
  bool write_msr(uint32_t index, uint64_t value) override;
  void tsc_changed() override { apic_.tsc_changed(); }
  void woken_by_store() override { stirred_(place_.index); }
  bool enabled() const override;
  uint32_t id() const override { return apic_.id(); }

  // ApicCpu.
  void interrupt_changed() override;
  void nmi() override;
  void smi() override;
  void init() override;
  void start_up(uint8_t page) override;

  // TscSource.
  uint64_t tsc_now() const override { return cpu_.tsc(); }
  uint64_t ns_at_tsc(uint64_t tsc) const override;

  void take_init();
  void map_apic();

  ProcessorPlace place_;
  EventQueue& events_;
  std::function<void()> init_;
  std::function<void(unsigned)> stirred_;
  bool running_ = false;
  bool init_pending_ = false;  // while running_ or in system management mode
  bool waits_for_start_up_ = false;
  Cpu cpu_;
  LocalApic apic_;
};

}  // namespace vireo
