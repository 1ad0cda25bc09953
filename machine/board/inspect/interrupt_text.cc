#include "machine/board/inspect/interrupt_text.h"

#include <fmt/format.h>

#include <vector>

#include "cpu/apic/apic_registers.h"

namespace vireo {
namespace {

constexpr std::string_view kDelivery[] = {"fixed", "lowest", "SMI",      "reserved",
                                          "NMI",   "INIT",   "start-up", "ExtINT"};

std::string pic_line(std::string_view name, const I8259& pic) {
  return fmt::format(
      "{}: irr={:02x} imr={:02x} isr={:02x} inputs={:02x} irq_base={:02x} elcr={:02x}\n", name,
      pic.requests(), pic.mask(), pic.in_service(), pic.inputs(), pic.vector(0), pic.level_mask());
}

// The fields that redirection entries and LVT entries have in common (SDM 3A 11.5.1; 82093AA
// datasheet 3.2.4).
std::string entry_text(uint64_t entry) {
  return fmt::format("vector {:#04x} {}{}{}", entry & 0xff, kDelivery[entry >> 8 & 7],
                     (entry & apic::kLevelTrigger) != 0 ? " level" : " edge",
                     (entry & apic::kMasked) != 0 ? " masked" : "");
}

std::string pin_line(const IoApic& ioapic, unsigned pin) {
  const uint64_t entry = ioapic.entry(pin);
  return fmt::format("  pin {:<2} {:016x} to {} {:#04x} {}{}{}\n", pin, entry,
                     (entry & apic::kLogicalMode) != 0 ? "logical" : "physical", entry >> 56,
                     entry_text(entry), (entry & apic::kRemoteIrr) != 0 ? " remote IRR" : "",
                     ioapic.level(pin) ? " active" : "");
}

// The vectors of a map of eight registers.
std::string vectors_text(LocalApic& apic, unsigned first) {
  std::vector<std::string> vectors;
  for (unsigned vector = 0; vector < 256; ++vector) {
    if ((apic.peek(first + vector / 32) >> vector % 32 & 1) != 0) {
      vectors.push_back(fmt::format("{:#04x}", vector));
    }
  }
  return vectors.empty() ? "none" : fmt::format("{}", fmt::join(vectors, " "));
}

}  // namespace

std::string interrupt_controllers_text(const I8259Pair& pic, const IoApic& ioapic) {
  std::string text = pic_line("pic0", pic.master()) + pic_line("pic1", pic.slave()) + "ioapic0:\n";
  for (unsigned pin = 0; pin < IoApic::kPins; ++pin) text += pin_line(ioapic, pin);
  return text;
}

std::string interrupt_counts_text(const IoApic& ioapic) {
  std::string text = "interrupts sent by the inputs of ioapic0:\n";
  for (unsigned pin = 0; pin < IoApic::kPins; ++pin) {
    if (ioapic.sent(pin) == 0 && !ioapic.level(pin)) continue;
    text += fmt::format("{:2}: {}{}\n", pin, ioapic.sent(pin), ioapic.level(pin) ? ", active" : "");
  }
  return text;
}

std::string local_apic_text(LocalApic& apic) {
  constexpr std::string_view kEntries[] = {"timer", "thermal", "performance",
                                           "LINT0", "LINT1",   "error"};
  constexpr std::string_view kTimerModes[] = {"one-shot", "periodic", "TSC deadline", "reserved"};
  std::string text = fmt::format("local APIC {}: base {:#x}, {}\n", apic.id(), apic.apic_base(),
                                 apic.software_enabled() ? "on" : "off");
  for (unsigned i = 0; i < std::size(kEntries); ++i) {
    const uint32_t entry = apic.peek(apic::kLvtFirst + i);
    text += fmt::format("  LVT {:<11} {:08x} {}\n", kEntries[i], entry, entry_text(entry));
  }
  const uint32_t timer = apic.peek(apic::kLvtFirst);
  text +=
      fmt::format("  timer {}, initial count {}, current count {}, divide {:#x}, deadline {}\n",
                  kTimerModes[timer >> apic::kTimerModeShift & 3], apic.peek(apic::kInitialCount),
                  apic.peek(apic::kCurrentCount), apic.peek(apic::kDivide), apic.tsc_deadline());
  text += fmt::format("  SVR {:08x} ICR {:08x} {:08x} ESR {:08x}\n", apic.peek(apic::kSpurious),
                      apic.peek(apic::kCommandHigh), apic.peek(apic::kCommand),
                      apic.peek(apic::kErrorStatus));
  text += fmt::format("  TPR {:02x} PPR {:02x} LDR {:08x} DFR {:08x}\n",
                      apic.peek(apic::kTaskPriority), apic.peek(apic::kProcessorPriority),
                      apic.peek(apic::kLogicalDestination), apic.peek(apic::kDestinationFormat));
  text += fmt::format("  in service: {}\n", vectors_text(apic, apic::kInService));
  text += fmt::format("  requested: {}\n", vectors_text(apic, apic::kRequest));
  return text;
}

}  // namespace vireo
