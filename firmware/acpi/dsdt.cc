#include "firmware/acpi/dsdt.h"

#include <fmt/format.h>

#include "firmware/acpi/resources.h"
#include "firmware/acpi/table.h"

namespace vireo::acpi {
namespace {

aml::Code hpet_device(const PlatformDescription& platform) {
  constexpr uint32_t kHpetBytes = 0x400;
  const auto base = static_cast<uint32_t>(platform.hpet_base.value);
  return aml::device(
      "HPET", aml::name("_HID", aml::eisa_id("PNP0103")) + aml::name("_UID", aml::integer(0)) +
                  aml::name("_CRS", aml::resource_template(aml::fixed_memory32(base, kHpetBytes))));
}

// The MADT's CPUs, found by _UID.
aml::Code processors(const PlatformDescription& platform) {
  aml::Code out;
  for (size_t i = 0; i < platform.lapic_ids.size(); ++i) {
    out += aml::device(fmt::format("C{:03X}", i), aml::name("_HID", aml::string("ACPI0007")) +
                                                      aml::name("_UID", aml::integer(i)));
  }
  return out;
}

// \PICF remembers which interrupt controllers the operating system uses: it
// tells by calling \_PIC(0) for the 8259s, \_PIC(1) for the I/O APIC.
aml::Code interrupt_mode() {
  return aml::name("PICF", aml::integer(0)) +
         aml::method("_PIC", 1, aml::store(aml::arg(0), aml::path("PICF")));
}

aml::Code soft_off(const PlatformDescription& platform) {
  const aml::Code type = aml::integer(platform.s5_sleep_type);
  return aml::name("_S5", aml::package({type, type, aml::integer(0), aml::integer(0)}));
}

}  // namespace

std::vector<uint8_t> make_dsdt(const PlatformDescription& platform) {
  constexpr uint8_t kRevision2 = 2;  // 64-bit integers
  aml::Code system = pci_host_bridge(platform, isa_devices(platform)) + pci_link_devices() +
                     motherboard_resources(platform) + processors(platform);
  if (platform.has_hpet) system += hpet_device(platform);
  const aml::Code all = interrupt_mode() + aml::scope("\\_SB", system) + soft_off(platform);
  return make_table("DSDT", kRevision2, all.bytes());
}

}  // namespace vireo::acpi
