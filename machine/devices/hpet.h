// A high precision event timer block (IA-PC HPET 1.0a): one 64-bit counter,
// three comparators, without FSB delivery.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "machine/base/device.h"
#include "machine/base/event_queue.h"
#include "machine/base/io_space.h"
#include "machine/base/irq_line.h"
#include "machine/devices/tick_rate.h"

namespace vireo {

struct HpetConfig {
  // Length of a counter tick: a divisor of 10^15, at most 100 ns.
  uint32_t period_fs = 10'000'000;  // 100 MHz
  // Inputs of `gsi` to which every timer may be routed, one bit each.
  uint32_t routes = 0x00ff0104;  // 2, 8, 16-23
};

// Legacy replacement: the PIT's and the RTC's interrupts run through this chip,
// which lets them pass until the guest turns timers 0 and 1 into their
// replacements. Therefore an InterruptSink with two inputs.
class Hpet : public Device, public IoHandler, public InterruptSink {
 public:
  static constexpr unsigned kTimers = 3;
  static constexpr unsigned kPitInput = 0;
  static constexpr unsigned kRtcInput = 1;

  // `gsi`'s inputs are I/O APIC pins; `irq0` and `irq8` go where the PIT's and
  // the RTC's interrupts would go.
  Hpet(HpetConfig config, EventQueue& events, InterruptSink& gsi, IrqLine irq0, IrqLine irq8);

  // The register block, 1 KiB (usually at 0xfed00000).
  uint64_t read(uint64_t offset, unsigned size) override;
  void write(uint64_t offset, unsigned size, uint64_t value) override;

  // From the PIT (input 0) and the RTC (input 1).
  void set_input(unsigned pin, bool level) override;

  std::string_view name() const override { return "hpet"; }
  void reset() override;
  void reset_outputs() override { update_outputs(); }
  void visit(Archive& archive) override;

 private:
  struct Timer {
    uint64_t config = 0;  // writable bits only
    uint64_t comparator = ~uint64_t{0};
    uint64_t period = 0;
    int driven = -1;  // the gsi input that we hold high for it, or -1
  };

  bool running() const { return (configuration_ & 1) != 0; }
  bool legacy() const { return (configuration_ & 2) != 0; }
  uint64_t counter() const;

  uint64_t read_register(uint64_t index);
  void write_register(uint64_t index, uint64_t value, uint64_t mask);
  void write_configuration(uint64_t value);
  void write_status(uint64_t value);
  void write_timer_config(unsigned n, uint64_t value);
  void write_comparator(unsigned n, uint64_t value, uint64_t mask);
  uint64_t timer_mask(const Timer& timer) const;
  void arm(unsigned n, bool match_now);
  void fire(unsigned n);
  void advance_period(Timer& timer) const;
  bool level_output(unsigned n) const;
  void update_outputs();
  void update_timer_output(unsigned n);
  void pulse_timer(unsigned n);

  HpetConfig config_;
  EventQueue& events_;
  InterruptSink& gsi_;
  IrqLine irq0_;
  IrqLine irq8_;
  TickRate rate_;

  uint64_t configuration_ = 0;
  uint64_t status_ = 0;
  uint64_t counter_base_ = 0;  // the counter when halted, or its value ...
  uint64_t start_tick_ = 0;    // ... at this tick of the crystal
  std::array<Timer, kTimers> timers_{};
  std::array<std::unique_ptr<Event>, kTimers> events_of_;
  std::array<bool, 2> legacy_inputs_{};
};

}  // namespace vireo
