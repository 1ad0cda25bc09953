#include "machine/board/interrupt_wiring.h"

#include "machine/board/address_map.h"

namespace vireo {

InterruptSink& WiredOr::add_driver() {
  return *drivers_.emplace_back(std::make_unique<Driver>(*this));
}

uint32_t WiredOr::levels() const {
  uint32_t all = 0;
  for (const auto& driver : drivers_) all |= driver->levels;
  return all;
}

void WiredOr::Driver::set_input(unsigned pin, bool level) {
  if (pin > 31) return;
  const uint32_t bit = uint32_t{1} << pin;
  const bool before = (owner.levels() & bit) != 0;
  levels = level ? levels | bit : levels & ~bit;
  const bool after = (owner.levels() & bit) != 0;
  if (before != after) owner.target_.set_input(pin, after);
}

void WiredOr::visit(Archive& archive) {
  for (const auto& driver : drivers_) archive.io(driver->levels);
}

InterruptWiring::InterruptWiring(InterruptSink& pic, InterruptSink& ioapic)
    : pic_(pic),
      ioapic_(ioapic),
      isa_(pic_.add_driver(), ioapic_.add_driver()),
      lpc_pic_(pic_.add_driver()),
      lpc_ioapic_(ioapic_.add_driver()),
      hpet_ioapic_(ioapic_.add_driver()) {}

// ISA input 2 is the cascade of the 8259s and has no device.
void InterruptWiring::IsaSplit::set_input(unsigned irq, bool level) {
  if (irq > 15 || irq == 2) return;
  pic.set_input(irq, level);
  ioapic.set_input(irq == address_map::kPitIrq ? address_map::kPitIoApicPin : irq, level);
}

void InterruptWiring::visit(Archive& archive) {
  pic_.visit(archive);
  ioapic_.visit(archive);
}

}  // namespace vireo
