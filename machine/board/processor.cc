#include "machine/board/processor.h"

#include "cpu/mmu/address_width.h"
#include "machine/board/address_map.h"

namespace vireo {
namespace {

constexpr uint32_t kApicBaseMsr = 0x1b;
constexpr uint32_t kTscDeadlineMsr = 0x6e0;
static_assert(address_map::kPhysicalBits == kPhysicalAddressBits);
constexpr uint64_t kApicEnable = uint64_t{1} << 11;

LocalApicConfig apic_config(const CpuModel& model, const ProcessorWiring& wiring) {
  LocalApicConfig config;
  config.x2apic = model.has(kFeatX2apic);
  config.physical_bits = address_map::kPhysicalBits;
  config.acknowledge_external = wiring.acknowledge_external;
  return config;
}

}  // namespace

Processor::Processor(const CpuModel& model, const ProcessorWiring& wiring)
    : mmio_(wiring.mmio),
      events_(wiring.events),
      init_(wiring.init),
      cpu_(wiring.memory, wiring.mmio, wiring.ports, wiring.clock, model),
      apic_(apic_config(model, wiring), wiring.events, wiring.apic_bus, *this, *this) {
  wiring.apic_bus.attach(apic_);
  cpu_.set_interrupt_controller(this);
  map_apic();
}

void Processor::reset() {
  cpu_.reset();
  cpu_.tsc_offset = uint64_t{0} - events_.now_ns();
  map_apic();
}

bool Processor::enabled() const { return (apic_.apic_base() & kApicEnable) != 0; }

bool Processor::read_msr(uint32_t index, uint64_t& value) {
  switch (index) {
    case kApicBaseMsr:
      value = apic_.apic_base();
      return true;
    case kTscDeadlineMsr:
      value = apic_.tsc_deadline();
      return cpu_.has(kFeatTscDeadline);
    default:
      return apic_.read_msr(index, value);
  }
}

bool Processor::write_msr(uint32_t index, uint64_t value) {
  switch (index) {
    case kApicBaseMsr:
      if (!apic_.write_apic_base(value)) return false;
      map_apic();
      return true;
    case kTscDeadlineMsr:
      if (!cpu_.has(kFeatTscDeadline)) return false;
      apic_.set_tsc_deadline(value);
      return true;
    default:
      return apic_.write_msr(index, value);
  }
}

// The counter runs at one tick per nanosecond, modulo 2^64.
uint64_t Processor::ns_at_tsc(uint64_t tsc) const {
  const uint64_t now = events_.now_ns();
  const uint64_t reached = cpu_.tsc();
  if (tsc <= reached) return now;
  const uint64_t ahead = tsc - reached;
  return now + ahead < now ? UINT64_MAX : now + ahead;
}

void Processor::map_apic() {
  apic_window_.unmap();
  if (const auto at = apic_.window()) {
    apic_window_ = mmio_.map(at->value, address_map::kLocalApicSize, apic_, "local APIC");
  }
}

}  // namespace vireo
