// The processor of the board: the CPU core with its local APIC, joined through
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
  std::function<void()> init;                 // an INIT came to this boot processor
};

class Processor final : private InterruptController, private ApicCpu, private TscSource {
 public:
  Processor(const CpuModel& model, const ProcessorWiring& wiring);
  Processor(const Processor&) = delete;
  Processor& operator=(const Processor&) = delete;

  Cpu& cpu() { return cpu_; }
  LocalApic& apic() { return apic_; }

  // The core's power-on state, with the time-stamp counter at 0. The APIC is a
  // Device, which the board resets with the others, before this.
  void reset();

 private:
  // InterruptController.
  bool has_interrupt() const override { return apic_.has_interrupt(); }
  int acknowledge() override { return apic_.acknowledge(); }
  void set_cr8(uint8_t priority) override { apic_.set_cr8(priority); }
  uint8_t cr8() const override { return static_cast<uint8_t>(apic_.cr8()); }
  bool read_msr(uint32_t index, uint64_t& value) override;
  bool write_msr(uint32_t index, uint64_t value) override;
  void tsc_changed() override { apic_.tsc_changed(); }
  bool enabled() const override;
  uint32_t id() const override { return apic_.id(); }

  // ApicCpu.
  void interrupt_changed() override { cpu_.interrupt_changed(); }
  void nmi() override { cpu_.set_nmi(); }
  void smi() override { cpu_.set_smi(); }
  void init() override { init_(); }
  // A boot processor never waits for one.
  void start_up(uint8_t) override {}

  // TscSource.
  uint64_t tsc_now() const override { return cpu_.tsc(); }
  uint64_t ns_at_tsc(uint64_t tsc) const override;

  void map_apic();

  IoSpace& mmio_;
  EventQueue& events_;
  std::function<void()> init_;
  Cpu cpu_;
  LocalApic apic_;
  IoMapping apic_window_;
};

}  // namespace vireo
