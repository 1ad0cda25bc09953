// The Intel 8254 programmable interval timer of a PC, clocked with 1.193182 MHz
// of virtual time.
#pragma once

#include <array>
#include <cstdint>

#include "machine/base/device.h"
#include "machine/base/event_queue.h"
#include "machine/base/irq_line.h"
#include "machine/devices/byte_ports.h"
#include "machine/devices/i8254_counter.h"
#include "machine/devices/tick_rate.h"

namespace vireo {

class I8254 : public Device {
 public:
  static constexpr uint64_t kHz = 1193182;

  // `irq0` follows counter 0's output: up and down at the exact virtual times.
  I8254(EventQueue& events, IrqLine irq0);

  IoHandler& ports() { return ports_; }  // 0x40-0x43

  // Counter 2, for port 0x61.
  void set_gate2(bool level);
  bool gate2() const { return counters_[2].gate(); }
  bool output2() { return counters_[2].output(tick()); }

  std::string_view name() const override { return "i8254"; }
  void reset() override;
  void reset_outputs() override { update_irq(); }
  void visit(Archive& archive) override;

 private:
  static constexpr TickRate kRate{kHz};

  uint64_t tick() const { return kRate.ticks_at(events_.now_ns()); }
  uint8_t read_port(uint64_t offset);
  void write_port(uint64_t offset, uint8_t value);
  void read_back(uint8_t command);
  void update_irq();

  EventQueue& events_;
  IrqLine irq0_;
  BytePorts<I8254> ports_;
  Event change_;
  std::array<I8254Counter, 3> counters_;
};

}  // namespace vireo
