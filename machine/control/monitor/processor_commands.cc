// Commands about the processors: their registers, what they map, their interrupts, and keys.
#include <fmt/format.h>

#include "machine/board/inspect/cpu_view.h"
#include "machine/board/inspect/interrupt_text.h"
#include "machine/board/inspect/page_text.h"
#include "machine/board/press_keys.h"
#include "machine/control/monitor/command.h"

namespace vireo {
namespace {

Processor& chosen(ControlPanel& panel) { return panel.processors.at(panel.cpu); }

Result<std::string> cpu(ControlPanel& panel, const Arguments& arguments) {
  const uint64_t index = arguments.number("index");
  if (index >= panel.processors.size()) {
    return Error{
        fmt::format("there is no CPU {}; the machine has {}", index, panel.processors.size())};
  }
  panel.cpu = static_cast<unsigned>(index);
  return std::string();
}

Result<std::string> info_cpus(ControlPanel& panel, const Arguments& /*arguments*/) {
  std::string text;
  for (unsigned i = 0; i < panel.processors.size(); ++i) {
    const Cpu& one = panel.processors.at(i).cpu();
    text += fmt::format("{} CPU #{}: pc={:#018x}, {} instructions{}\n", i == panel.cpu ? '*' : ' ',
                        i, one.rip, one.retired(), one.halted ? " (halted)" : "");
  }
  return text;
}

Result<std::string> info_registers(ControlPanel& panel, const Arguments& arguments) {
  const std::string option = arguments.text("-a");
  if (option.empty()) return registers_text(chosen(panel).cpu());
  if (option != "-a") return Error{fmt::format("'{}' is not -a, which shows all CPUs", option)};
  std::string text;
  for (unsigned i = 0; i < panel.processors.size(); ++i) {
    text += fmt::format("CPU#{}\n{}", i, registers_text(panel.processors.at(i).cpu()));
  }
  return text;
}

Result<std::string> info_mem(ControlPanel& panel, const Arguments& /*arguments*/) {
  return memory_ranges_text(chosen(panel).cpu());
}

Result<std::string> info_tlb(ControlPanel& panel, const Arguments& /*arguments*/) {
  return pages_text(chosen(panel).cpu());
}

Result<std::string> info_lapic(ControlPanel& panel, const Arguments& /*arguments*/) {
  return local_apic_text(chosen(panel).apic());
}

Result<std::string> info_pic(ControlPanel& panel, const Arguments& /*arguments*/) {
  return interrupt_controllers_text(panel.chipset.pic(), panel.chipset.ioapic());
}

Result<std::string> info_irq(ControlPanel& panel, const Arguments& /*arguments*/) {
  return interrupt_counts_text(panel.chipset.ioapic());
}

Result<std::string> nmi(ControlPanel& panel, const Arguments& /*arguments*/) {
  for (unsigned i = 0; i < panel.processors.size(); ++i) panel.processors.at(i).cpu().set_nmi();
  return std::string();
}

// How long keys are held is taken as QEMU takes it, and not looked at.
Result<std::string> sendkey(ControlPanel& panel, const Arguments& arguments) {
  const std::string text = arguments.text("keys");
  std::vector<std::string_view> keys;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t end = std::min(rest.find('-'), rest.size());
    keys.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (auto pressed = press_keys(panel, keys); !pressed) return pressed.error();
  return std::string();
}

constexpr CommandParameter kCpu[] = {{.name = "index", .type = OptionType::kNumber}};
constexpr CommandParameter kRegisters[] = {{.name = "-a", .optional = true}};
constexpr CommandParameter kSendkey[] = {
    {.name = "keys"}, {.name = "hold_ms", .type = OptionType::kNumber, .optional = true}};

constexpr CommandRow kRows[] = {
    {"cpu", "", kCpu, "choose the CPU for x, p, info registers and the like", cpu},
    {"sendkey", "", kSendkey, "press keys together: ctrl-alt-delete", sendkey},
    {"nmi", "", {}, "a non-maskable interrupt for every CPU", nmi},
    {"info cpus", "", {}, "the CPUs, and which is chosen", info_cpus},
    {"info registers", "", kRegisters, "registers of the CPU, with -a of all", info_registers},
    {"info mem", "", {}, "ranges of linear addresses that are mapped", info_mem},
    {"info tlb", "", {}, "pages that are mapped, and where to", info_tlb},
    {"info lapic", "", {}, "the CPU's local APIC", info_lapic},
    {"info pic", "", {}, "the 8259s and the I/O APIC", info_pic},
    {"info irq", "", {}, "how many interrupts each input has sent", info_irq},
};

}  // namespace

std::span<const CommandRow> processor_commands() { return kRows; }

}  // namespace vireo
