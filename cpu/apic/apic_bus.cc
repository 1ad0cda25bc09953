#include "cpu/apic/apic_bus.h"

#include "cpu/apic/local_apic.h"
#include "machine/base/trace_event.h"

namespace vireo {

void ApicBus::send(MsiMessage message) {
  if (const auto decoded = ApicMessage::from_msi(message)) deliver(*decoded);
}

void ApicBus::deliver(const ApicMessage& message) {
  if (TraceEvents::on(LogItem::kIrq)) {
    TraceEvents::tell(LogItem::kIrq, "apic_message",
                      {TraceField::hex("vector", message.vector),
                       TraceField::count("mode", static_cast<uint64_t>(message.delivery)),
                       TraceField::hex("destination", message.destination),
                       TraceField::count("logical", message.logical ? 1 : 0)});
  }
  if (message.delivery == ApicDelivery::kLowestPriority) {
    if (LocalApic* target = lowest_priority_target(message)) target->accept(message);
    return;
  }
  for (LocalApic* apic : apics_) {
    if (apic->is_destination(message)) apic->accept(message);
  }
}

void ApicBus::deliver_to_all(const ApicMessage& message, const LocalApic* except) {
  for (LocalApic* apic : apics_) {
    if (apic != except) apic->accept(message);
  }
}

void ApicBus::broadcast_eoi(uint8_t vector) {
  if (eoi_listener_) eoi_listener_(vector);
}

LocalApic* ApicBus::lowest_priority_target(const ApicMessage& message) const {
  LocalApic* target = nullptr;
  for (LocalApic* apic : apics_) {
    if (!apic->software_enabled() || !apic->is_destination(message)) continue;
    if (target == nullptr || apic->processor_priority() < target->processor_priority()) {
      target = apic;
    }
  }
  return target;
}

}  // namespace vireo
