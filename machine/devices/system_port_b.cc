#include "machine/devices/system_port_b.h"

#include "machine/devices/tick_rate.h"

namespace vireo {
namespace {

constexpr uint8_t kGate2 = 0x01;
constexpr uint8_t kRefresh = 0x10;
constexpr uint8_t kOutput2 = 0x20;
constexpr uint8_t kWritable = 0x0f;

// A PC's BIOS programs counter 1 with 18: one refresh each 15.085 us.
constexpr TickRate kPitRate{I8254::kHz};
constexpr uint64_t kRefreshTicks = 18;

}  // namespace

SystemPortB::SystemPortB(EventQueue& events, I8254& pit)
    : events_(events), pit_(pit), port_(*this, &SystemPortB::read_port, &SystemPortB::write_port) {}

void SystemPortB::visit(Archive& archive) { archive.io(control_); }

uint8_t SystemPortB::read_port(uint64_t) {
  const bool refresh = (kPitRate.ticks_at(events_.now_ns()) / kRefreshTicks) % 2 != 0;
  return control_ | (refresh ? kRefresh : 0) | (pit_.output2() ? kOutput2 : 0);
}

void SystemPortB::write_port(uint64_t, uint8_t value) {
  control_ = value & kWritable;
  pit_.set_gate2((value & kGate2) != 0);
}

}  // namespace vireo
