#include "firmware/acpi/dsdt.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>

#include "firmware/acpi/resources.h"
#include "tests/unit/firmware/table_check.h"

namespace vireo::acpi {
namespace {

using namespace testing;

bool holds(const std::vector<uint8_t>& table, const aml::Code& part) {
  return std::search(table.begin(), table.end(), part.bytes().begin(), part.bytes().end()) !=
         table.end();
}

aml::Code route(uint32_t slot, uint32_t pin, const aml::Code& device, const aml::Code& index) {
  return aml::package({aml::integer(slot << 16 | 0xffff), aml::integer(pin), device, index});
}

TEST_CASE("PCI-18: the host bridge's windows leave out ECAM, RAM and the APICs") {
  const auto dsdt = make_dsdt(PlatformDescription{});
  const aml::Resource windows = aml::bus_window(0, 255) + aml::io_window(0, 0xCF7) +
                                aml::io(0xCF8, 8) + aml::io_window(0xD00, 0xFFFF) +
                                aml::memory_window32(0xA0000, 0xBFFFF) +
                                aml::memory_window32(0xC000'0000, 0xFEBF'FFFF) +
                                aml::memory_window64(0x80'0000'0000, 0x87'FFFF'FFFF);
  CHECK(holds(dsdt, aml::name("_CRS", aml::resource_template(windows))));
}

TEST_CASE("PCI-18: without a 64-bit window none is offered") {
  PlatformDescription platform;
  platform.pci64.size = 0;
  CHECK_FALSE(holds(make_dsdt(platform), aml::memory_window64(0x80'0000'0000, 0x87'FFFF'FFFF)));
}

TEST_CASE("PCI-17: the ECAM window is a motherboard resource") {
  const auto dsdt = make_dsdt(PlatformDescription{});
  CHECK(holds(dsdt, aml::fixed_memory32(0xB000'0000, 0x1000'0000)));
}

TEST_CASE("PCI-09: slots rotate over the PIRQs as the chipset wires them") {
  constexpr PirqRouting kRouting = q35_pirq_routing();
  CHECK(kRouting[0] == std::array<uint8_t, 4>{4, 5, 6, 7});
  CHECK(kRouting[3] == std::array<uint8_t, 4>{7, 4, 5, 6});
  CHECK(kRouting[25] == std::array<uint8_t, 4>{0, 1, 2, 3});
  CHECK(kRouting[30] == std::array<uint8_t, 4>{4, 5, 6, 7});
  CHECK(kRouting[31] == std::array<uint8_t, 4>{0, 1, 2, 3});
}

TEST_CASE("PCI-19: every slot and pin is routed in both interrupt modes") {
  const PlatformDescription platform;
  const auto dsdt = make_dsdt(platform);
  for (uint32_t slot = 0; slot < 32; ++slot) {
    for (uint32_t pin = 0; pin < 4; ++pin) {
      const uint8_t pirq = platform.pirq[slot][pin];
      const std::string link = std::string("\\_SB.LNK") + static_cast<char>('A' + pirq);
      CHECK(holds(dsdt, route(slot, pin, aml::integer(0), aml::integer(16u + pirq))));
      CHECK(holds(dsdt, route(slot, pin, aml::path(link), aml::integer(0))));
    }
  }
}

TEST_CASE("PCI-20: _OSC masks with the features that are given away") {
  PlatformDescription platform;
  platform.osc_control_mask = 0x1D;
  CHECK(
      holds(make_dsdt(platform), aml::and_(aml::path("CDW3"), aml::integer(0x1D), aml::local(0))));
}

TEST_CASE("soft-off carries the platform's sleep type") {
  PlatformDescription platform;
  platform.s5_sleep_type = 7;
  const aml::Code seven = aml::integer(7);
  CHECK(holds(make_dsdt(platform),
              aml::name("_S5", aml::package({seven, seven, aml::integer(0), aml::integer(0)}))));
}

TEST_CASE("devices that the machine lacks are absent") {
  PlatformDescription platform;
  platform.has_hpet = false;
  platform.has_i8042 = false;
  platform.uarts.clear();
  const auto dsdt = make_dsdt(platform);
  CHECK_FALSE(holds(dsdt, aml::eisa_id("PNP0103")));
  CHECK_FALSE(holds(dsdt, aml::eisa_id("PNP0303")));
  CHECK_FALSE(holds(dsdt, aml::eisa_id("PNP0501")));
  CHECK(holds(dsdt, aml::eisa_id("PNP0B00")));
}

TEST_CASE("each UART and each CPU has a device") {
  PlatformDescription platform;
  platform.lapic_ids = {0, 1};
  const auto dsdt = make_dsdt(platform);
  CHECK(holds(dsdt, aml::io(0x3F8, 8) + aml::irq(4)));
  CHECK(holds(dsdt, aml::io(0x2F8, 8) + aml::irq(3)));
  CHECK(holds(dsdt, aml::device("C001", aml::name("_HID", aml::string("ACPI0007")) +
                                            aml::name("_UID", aml::integer(1)))));
}

TEST_CASE("the same description gives the same bytes") {
  CHECK(make_dsdt(PlatformDescription{}) == make_dsdt(PlatformDescription{}));
}

}  // namespace
}  // namespace vireo::acpi
