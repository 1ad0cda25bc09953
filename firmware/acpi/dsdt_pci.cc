// The PCI part of the DSDT: host bridge, interrupt routing, link devices.
#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "firmware/acpi/dsdt.h"
#include "firmware/acpi/resources.h"

namespace vireo::acpi {
namespace {

constexpr unsigned kPirqs = 8;
// Interrupts of the 8259s which no ISA device uses.
constexpr std::array<uint32_t, 3> kLinkIrqs{5, 10, 11};

char letter(unsigned pirq) { return static_cast<char>('A' + pirq); }
std::string link_name(unsigned pirq) { return fmt::format("LNK{}", letter(pirq)); }

// Windows of conformance row PCI-18. Ports 0xCF8-0xCFF are the bridge's own.
aml::Code host_bridge_resources(const PlatformDescription& platform) {
  const auto last_bus = static_cast<uint16_t>((platform.ecam_size >> 20) - 1);
  aml::Resource all = aml::bus_window(0, last_bus) + aml::io_window(0x0000, 0x0CF7) +
                      aml::io(0x0CF8, 8) + aml::io_window(0x0D00, 0xFFFF) +
                      aml::memory_window32(0x000A'0000, 0x000B'FFFF);
  if (platform.pci32.size != 0) {
    const uint64_t first = platform.pci32.base.value;
    all += aml::memory_window32(static_cast<uint32_t>(first),
                                static_cast<uint32_t>(first + platform.pci32.size - 1));
  }
  if (platform.pci64.size != 0) {
    const uint64_t first = platform.pci64.base.value;
    all += aml::memory_window64(first, first + platform.pci64.size - 1);
  }
  return aml::name("_CRS", aml::resource_template(all));
}

// _OSC (PCI Firmware 3.2 section 4.5.1): the operating system asks in the third
// dword for control of features; it gets those of the mask. Status bits in the
// first: unknown UUID, unknown revision, some bits were masked.
aml::Code operating_system_capabilities(uint32_t mask) {
  const aml::Code status = aml::path("CDW1");
  const aml::Code control = aml::path("CDW3");
  const auto report = [&](uint8_t bit) { return aml::or_(status, aml::integer(bit), status); };
  const aml::Code host_bridge = aml::uuid("33db4d5b-1ff7-401c-9657-7441c03dd766");
  const aml::Code grant = aml::create_dword_field(aml::arg(3), 8, "CDW3") +
                          aml::and_(control, aml::integer(mask), aml::local(0)) +
                          aml::if_(aml::not_equal(aml::arg(1), aml::integer(1)), report(0x08)) +
                          aml::if_(aml::not_equal(control, aml::local(0)), report(0x10)) +
                          aml::store(aml::local(0), control);
  return aml::method("_OSC", 4,
                     aml::create_dword_field(aml::arg(3), 0, "CDW1") +
                         aml::if_(aml::equal(aml::arg(0), host_bridge), grant) +
                         aml::else_(report(0x04)) + aml::return_(aml::arg(3)));
}

// One package for each slot and pin: {slot and "any function", pin, source, index}.
template <typename Source>
aml::Code routing_table(const PirqRouting& routing, Source source) {
  std::vector<aml::Code> rows;
  for (uint32_t slot = 0; slot < routing.size(); ++slot) {
    for (uint32_t pin = 0; pin < routing[slot].size(); ++pin) {
      const auto [device, index] = source(routing[slot][pin]);
      rows.push_back(
          aml::package({aml::integer(slot << 16 | 0xffff), aml::integer(pin), device, index}));
    }
  }
  return aml::package(rows);
}

using RouteEnd = std::pair<aml::Code, aml::Code>;

aml::Code interrupt_routing(const PlatformDescription& platform) {
  const auto through_link = [](unsigned pirq) {
    return RouteEnd{aml::path("\\_SB." + link_name(pirq)), aml::integer(0)};
  };
  const auto straight = [&platform](unsigned pirq) {
    return RouteEnd{aml::integer(0), aml::integer(platform.pirq_gsi_base + pirq)};
  };
  const aml::Code choose = aml::if_(aml::path("\\PICF"), aml::return_(aml::path("PRTA"))) +
                           aml::return_(aml::path("PRTP"));
  return aml::name("PRTP", routing_table(platform.pirq, through_link)) +
         aml::name("PRTA", routing_table(platform.pirq, straight)) + aml::method("_PRT", 0, choose);
}

// ICH9 datasheet 13.1.10 and 13.1.11: PIRQA-D at 0x60, PIRQE-H at 0x68.
aml::Code pirq_registers() {
  constexpr std::array<aml::FieldUnit, 9> kUnits{{{"PRQA", 8},
                                                  {"PRQB", 8},
                                                  {"PRQC", 8},
                                                  {"PRQD", 8},
                                                  {"", 32},
                                                  {"PRQE", 8},
                                                  {"PRQF", 8},
                                                  {"PRQG", 8},
                                                  {"PRQH", 8}}};
  return aml::operation_region("PIRQ", aml::RegionSpace::kPciConfig, 0x60, 0x0C) +
         aml::byte_field("PIRQ", kUnits);
}

// A link's current setting: the PIRQ register's interrupt put into a template.
aml::Code current_setting(const aml::Code& reg) {
  constexpr std::array<uint32_t, 1> kPlaceholder{0};
  constexpr uint64_t kInterruptOffset = 5;  // within the descriptor
  const aml::Code result = aml::path("PRR0");
  return aml::name("PRR0", aml::resource_template(aml::level_irqs(kPlaceholder))) +
         aml::create_dword_field(result, kInterruptOffset, "PRRI") +
         aml::and_(reg, aml::integer(0x0F), aml::path("PRRI")) + aml::return_(result);
}

// Bit 7 of a PIRQ register set: not routed to the 8259s.
aml::Code link_device(unsigned pirq) {
  constexpr uint8_t kNotRouted = 0x80;
  const aml::Code reg = aml::path(fmt::format("\\_SB.PCI0.LPC.PRQ{}", letter(pirq)));
  const aml::Code status =
      aml::if_(aml::and_(reg, aml::integer(kNotRouted)), aml::return_(aml::integer(0x09))) +
      aml::return_(aml::integer(0x0B));
  const aml::Code set =
      aml::create_dword_field(aml::arg(0), 5, "PRRI") + aml::store(aml::path("PRRI"), reg);
  return aml::device(
      link_name(pirq),
      aml::name("_HID", aml::eisa_id("PNP0C0F")) + aml::name("_UID", aml::integer(pirq + 1)) +
          aml::name("_PRS", aml::resource_template(aml::level_irqs(kLinkIrqs))) +
          aml::method("_STA", 0, status) +
          aml::method("_DIS", 0, aml::or_(reg, aml::integer(kNotRouted), reg)) +
          aml::method("_CRS", 0, current_setting(reg)) + aml::method("_SRS", 1, set));
}

}  // namespace

aml::Code pci_host_bridge(const PlatformDescription& platform, const aml::Code& lpc_children) {
  const uint32_t lpc_address = uint32_t{platform.lpc_slot} << 16;
  const aml::Code lpc = aml::device(
      "LPC", aml::name("_ADR", aml::integer(lpc_address)) + pirq_registers() + lpc_children);
  return aml::device(
      "PCI0", aml::name("_HID", aml::eisa_id("PNP0A08")) +
                  aml::name("_CID", aml::eisa_id("PNP0A03")) + aml::name("_UID", aml::integer(0)) +
                  aml::name("_BBN", aml::integer(0)) + aml::name("_SEG", aml::integer(0)) +
                  host_bridge_resources(platform) +
                  operating_system_capabilities(platform.osc_control_mask) +
                  interrupt_routing(platform) + lpc);
}

aml::Code pci_link_devices() {
  aml::Code out;
  for (unsigned pirq = 0; pirq < kPirqs; ++pirq) out += link_device(pirq);
  return out;
}

}  // namespace vireo::acpi
