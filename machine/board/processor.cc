#include "machine/board/processor.h"

#include "cpu/mmu/address_width.h"
#include "machine/board/address_map.h"

namespace vireo {
namespace {

constexpr uint32_t kApicBaseMsr = 0x1b;
constexpr uint32_t kTscDeadlineMsr = 0x6e0;
static_assert(address_map::kPhysicalBits == kPhysicalAddressBits);
constexpr uint64_t kApicEnable = uint64_t{1} << 11;

LocalApicConfig apic_config(const CpuModel& model, const ProcessorPlace& place,
                            const ProcessorWiring& wiring) {
  LocalApicConfig config;
  config.id = place.topology.apic_id(place.index);
  config.x2apic = model.has(kFeatX2apic);
  config.physical_bits = address_map::kPhysicalBits;
  config.acknowledge_external = wiring.acknowledge_external;
  return config;
}

}  // namespace

Processor::Processor(const CpuModel& model, const ProcessorPlace& place,
                     const ProcessorWiring& wiring)
    : place_(place),
      events_(wiring.events),
      init_(wiring.init),
      stirred_(wiring.stirred),
      waits_for_start_up_(place.index != 0),
      cpu_(wiring.memory, wiring.mmio, wiring.ports, wiring.clock, model),
      apic_(apic_config(model, place, wiring), wiring.events, wiring.apic_bus, *this, *this) {
  wiring.apic_bus.attach(apic_);
  cpu_.set_interrupt_controller(this);
  cpu_.set_topology(place.topology);
  map_apic();
}

void Processor::reset() {
  cpu_.reset();
  cpu_.tsc_offset = uint64_t{0} - events_.now_ns();
  init_pending_ = false;
  waits_for_start_up_ = place_.index != 0;
  map_apic();
}

CpuExit Processor::run(uint64_t max_instructions) {
  running_ = true;
  const CpuExit exit = cpu_.run(max_instructions);
  running_ = false;
  if (init_pending_ && !cpu_.smm) take_init();
  return exit;
}

// A processor that waits for a start-up IPI hears nothing else.
bool Processor::awake() const { return !waits_for_start_up_ && (!cpu_.halted || cpu_.can_wake()); }

// No device of this machine raises NMIs by itself, so that a processor which
// halts with interrupts off sleeps until another one wakes it. In MWAIT it may wait
// for a device's store.
bool Processor::dead() const {
  return !awake() && !cpu_.waits_for_store() &&
         (waits_for_start_up_ || (cpu_.rflags & kFlagIf) == 0);
}

void Processor::interrupt_changed() {
  cpu_.interrupt_changed();
  if (cpu_.interrupt_waiting()) stirred_(place_.index);
}

void Processor::nmi() {
  if (waits_for_start_up_) return;
  cpu_.set_nmi();
  stirred_(place_.index);
}

void Processor::smi() {
  if (waits_for_start_up_) return;
  cpu_.set_smi();
  stirred_(place_.index);
}

// The boot processor would begin anew in the firmware, which resets the machine.
void Processor::init() {
  if (place_.index == 0) return init_();
  init_pending_ = true;
  cpu_.request_exit();
  if (!running_ && !cpu_.smm) take_init();
}

void Processor::take_init() {
  init_pending_ = false;
  waits_for_start_up_ = true;
  apic_.init();
  cpu_.init();
}

void Processor::start_up(uint8_t page) {
  if (!waits_for_start_up_) return;
  waits_for_start_up_ = false;
  cpu_.start_at(page);
  stirred_(place_.index);
}

void Processor::visit(Archive& archive) {
  archive.io(init_pending_);
  archive.io(waits_for_start_up_);
  cpu_.visit(archive);
}

void Processor::after_load() {
  map_apic();
  cpu_.interrupt_changed();
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
  const auto at = apic_.window();
  cpu_.set_private_page(at ? at->value : 0, at ? &apic_ : nullptr);
}

}  // namespace vireo
