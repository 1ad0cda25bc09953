// The interrupt controllers for a person: `info pic`, `info irq` and `info lapic`.
#pragma once

#include <string>

#include "cpu/apic/local_apic.h"
#include "machine/devices/i8259_pair.h"
#include "machine/devices/ioapic.h"

namespace vireo {

// Both 8259s and the I/O APIC's redirection entries.
std::string interrupt_controllers_text(const I8259Pair& pic, const IoApic& ioapic);
// How many interrupts each input of the I/O APIC has sent, and which are active.
std::string interrupt_counts_text(const IoApic& ioapic);
std::string local_apic_text(LocalApic& apic);

}  // namespace vireo
