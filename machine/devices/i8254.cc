#include "machine/devices/i8254.h"

namespace vireo {
namespace {

constexpr uint64_t kControlPort = 3;
constexpr unsigned kReadBack = 3;  // counter number in a control word

}  // namespace

I8254::I8254(EventQueue& events, IrqLine irq0)
    : events_(events),
      irq0_(irq0),
      ports_(*this, &I8254::read_port, &I8254::write_port),
      change_(events, "i8254 counter 0", [this] { update_irq(); }) {
  reset();
}

// The gates of counters 0 and 1 are tied high; port 0x61 holds that of 2.
void I8254::reset() {
  counters_[0].reset(true);
  counters_[1].reset(true);
  counters_[2].reset(false);
  change_.cancel();
}

void I8254::visit(Archive& archive) {
  for (I8254Counter& counter : counters_) counter.visit(archive);
  change_.visit(archive);
  irq0_.visit(archive);
}

void I8254::set_gate2(bool level) { counters_[2].set_gate(level, tick()); }

uint8_t I8254::read_port(uint64_t offset) {
  offset &= 3;
  if (offset == kControlPort) return 0;  // write-only; the bus floats low on a PC
  return counters_[offset].read(tick());
}

void I8254::write_port(uint64_t offset, uint8_t value) {
  offset &= 3;
  if (offset != kControlPort) {
    counters_[offset].write(value, tick());
  } else if (value >> 6 == kReadBack) {
    read_back(value);
  } else {
    counters_[value >> 6].control(value, tick());
  }
  update_irq();
}

// Bits 5 and 4 are low for "latch count" and "latch status".
void I8254::read_back(uint8_t command) {
  for (unsigned n = 0; n < counters_.size(); ++n) {
    if ((command & (2u << n)) == 0) continue;
    if ((command & 0x20) == 0) counters_[n].latch_count(tick());
    if ((command & 0x10) == 0) counters_[n].latch_status(tick());
  }
}

void I8254::update_irq() {
  const uint64_t now = tick();
  irq0_.set(counters_[0].output(now));
  if (const auto next = counters_[0].next_change(now)) {
    change_.schedule_at(kRate.ns_at(*next));
  } else {
    change_.cancel();
  }
}

}  // namespace vireo
