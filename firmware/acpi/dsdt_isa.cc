// The legacy part of the DSDT: ISA devices and the chipset's own addresses.
#include <fmt/format.h>

#include <string_view>

#include "firmware/acpi/dsdt.h"
#include "firmware/acpi/resources.h"

namespace vireo::acpi {
namespace {

aml::Code isa_device(std::string_view name, std::string_view id, const aml::Resource& resources) {
  return aml::device(name, aml::name("_HID", aml::eisa_id(id)) +
                               aml::name("_CRS", aml::resource_template(resources)));
}

aml::Code uart(size_t number, const UartDescription& uart) {
  const aml::Resource resources = aml::io(uart.port, 8) + aml::irq(uart.irq);
  return aml::device(fmt::format("COM{}", number),
                     aml::name("_HID", aml::eisa_id("PNP0501")) +
                         aml::name("_UID", aml::integer(number)) +
                         aml::name("_CRS", aml::resource_template(resources)));
}

aml::Code keyboard_and_mouse() {
  return isa_device("KBD", "PNP0303", aml::io(0x60, 1) + aml::io(0x64, 1) + aml::irq(1)) +
         isa_device("MOU", "PNP0F13", aml::irq(12));
}

// Its _HID is what Linux's qemu_fw_cfg driver looks for.
aml::Code fw_cfg(uint16_t port) {
  constexpr uint8_t kPorts = 12, kPresentAndHidden = 0x0b;
  return aml::device("FWCF", aml::name("_HID", aml::string("QEMU0002")) +
                                 aml::name("_STA", aml::integer(kPresentAndHidden)) +
                                 aml::name("_CRS", aml::resource_template(aml::io(port, kPorts))));
}

}  // namespace

aml::Code isa_devices(const PlatformDescription& platform) {
  aml::Code out =
      isa_device("RTC", "PNP0B00", aml::io(0x70, 2) + aml::irq(8)) +
      isa_device("TIMR", "PNP0100", aml::io(0x40, 4) + aml::irq(0)) +
      isa_device("PIC", "PNP0000",
                 aml::io(0x20, 2) + aml::io(0xA0, 2) + aml::io(0x4D0, 2) + aml::irq(2)) +
      isa_device("SPKR", "PNP0800", aml::io(0x61, 1));
  for (size_t i = 0; i < platform.uarts.size(); ++i) out += uart(i + 1, platform.uarts[i]);
  if (platform.has_i8042) out += keyboard_and_mouse();
  if (platform.fw_cfg_port != 0) out += fw_cfg(platform.fw_cfg_port);
  return out;
}

// A device of the board rather than of PCI0, whose windows exclude the memory
// ranges: an operating system wants to find the ECAM window here before it
// believes the MCFG table (PCI Firmware 3.2 section 4.1.2).
aml::Code motherboard_resources(const PlatformDescription& platform) {
  constexpr uint8_t kPmBlockBytes = 0x80;
  constexpr uint32_t kRcbaBytes = 0x4000;
  aml::Resource all = aml::io(platform.pm_base, kPmBlockBytes);
  if (platform.smi_command_port != 0) all += aml::io(platform.smi_command_port, 2);
  all += aml::fixed_memory32(static_cast<uint32_t>(platform.ecam_base.value),
                             static_cast<uint32_t>(platform.ecam_size));
  all += aml::fixed_memory32(static_cast<uint32_t>(platform.rcba_base.value), kRcbaBytes);
  return aml::device("MRES", aml::name("_HID", aml::eisa_id("PNP0C02")) +
                                 aml::name("_UID", aml::integer(0)) +
                                 aml::name("_CRS", aml::resource_template(all)));
}

}  // namespace vireo::acpi
