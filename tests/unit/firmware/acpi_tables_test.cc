#include <doctest/doctest.h>

#include "firmware/acpi/dsdt.h"
#include "firmware/acpi/fixed_tables.h"
#include "tests/unit/firmware/table_check.h"

namespace vireo::acpi {
namespace {

using namespace testing;

PlatformDescription one_gib() {
  PlatformDescription platform;
  platform.low_ram_bytes = uint64_t{1} << 30;
  return platform;
}

// Types of a MADT's structures in order, and their contents.
std::vector<std::vector<uint8_t>> madt_entries(const Table& madt) {
  std::vector<std::vector<uint8_t>> entries;
  for (size_t at = 44; at + 2 <= madt.size() && madt[at + 1] != 0; at += madt[at + 1]) {
    entries.emplace_back(madt.begin() + static_cast<std::ptrdiff_t>(at),
                         madt.begin() + static_cast<std::ptrdiff_t>(at + madt[at + 1]));
  }
  return entries;
}

TEST_CASE("every table has its signature, its length and a zero sum") {
  const PlatformDescription platform = one_gib();
  const GuestAddr somewhere{0x3fff0000};
  const std::pair<std::string, Table> tables[] = {
      {"FACP", make_fadt(platform, somewhere, somewhere)},
      {"APIC", make_madt(platform)},
      {"MCFG", make_mcfg(platform)},
      {"HPET", make_hpet(platform)},
      {"DSDT", make_dsdt(platform)},
      {"RSDT", make_rsdt(std::array{somewhere})},
      {"XSDT", make_xsdt(std::array{somewhere})},
  };
  for (const auto& [signature, table] : tables) {
    CHECK(text_at(table, 0, 4) == signature);
    CHECK(field<uint32_t>(table, 4) == table.size());
    CHECK(byte_sum(table) == 0);
    CHECK(text_at(table, 10, 6) == "VIREO ");
  }
}

TEST_CASE("the FADT describes the fixed hardware twice, alike") {
  const Table fadt = make_fadt(one_gib(), GuestAddr{0x1000'0040}, GuestAddr{0x1000'1000});
  REQUIRE(fadt.size() == 276);
  CHECK(fadt[8] == 6);
  CHECK(field<uint32_t>(fadt, 36) == 0x1000'0040);  // FIRMWARE_CTRL
  CHECK(field<uint64_t>(fadt, 132) == 0);           // X_FIRMWARE_CTRL: not both
  CHECK(field<uint32_t>(fadt, 40) == 0x1000'1000);  // DSDT
  CHECK(field<uint64_t>(fadt, 140) == 0x1000'1000);
  CHECK(field<uint16_t>(fadt, 46) == 9);     // SCI_INT
  CHECK(field<uint32_t>(fadt, 48) == 0xB2);  // SMI_CMD
  CHECK(fadt[52] == 2);                      // ACPI_ENABLE
  struct Block {
    size_t address32;
    size_t length;
    size_t generic;
    uint16_t port;
    uint8_t bytes;
  };
  for (const Block& b : {Block{56, 88, 148, 0x600, 4}, Block{64, 89, 172, 0x604, 2},
                         Block{76, 91, 208, 0x608, 4}, Block{80, 92, 220, 0x620, 16}}) {
    CHECK(field<uint32_t>(fadt, b.address32) == b.port);
    CHECK(fadt[b.length] == b.bytes);
    CHECK(fadt[b.generic] == 1);
    CHECK(fadt[b.generic + 1] == b.bytes * 8);
    CHECK(field<uint64_t>(fadt, b.generic + 4) == b.port);
  }
}

TEST_CASE("the FADT's reset register, RTC and boot flags") {
  PlatformDescription platform = one_gib();
  const Table fadt = make_fadt(platform, GuestAddr{0}, GuestAddr{0});
  CHECK(fadt[108] == 0x32);
  CHECK(field<uint16_t>(fadt, 109) == 0b111);  // legacy devices, 8042, no VGA; MSI allowed
  CHECK((field<uint32_t>(fadt, 112) & 1u << 10) != 0);
  CHECK((field<uint32_t>(fadt, 112) & 1u << 4) == 0);  // fixed power button
  CHECK(field<uint64_t>(fadt, 120) == 0xCF9);
  CHECK(fadt[128] == 6);
  platform.has_i8042 = false;
  platform.has_vga = true;
  CHECK(field<uint16_t>(make_fadt(platform, GuestAddr{0}, GuestAddr{0}), 109) == 0b001);
}

TEST_CASE("without an SMI command port there is nothing to switch") {
  PlatformDescription platform = one_gib();
  platform.smi_command_port = 0;
  const Table fadt = make_fadt(platform, GuestAddr{0}, GuestAddr{0});
  CHECK(field<uint32_t>(fadt, 48) == 0);
  CHECK(fadt[52] == 0);
  CHECK(fadt[53] == 0);
}

TEST_CASE("the FACS is 64 bytes of version 2") {
  const Table facs = make_facs();
  CHECK(facs.size() == 64);
  CHECK(text_at(facs, 0, 4) == "FACS");
  CHECK(field<uint32_t>(facs, 4) == 64);
  CHECK(facs[32] == 2);
}

TEST_CASE("the MADT lists CPUs, the I/O APIC, overrides and the NMI pin") {
  PlatformDescription platform = one_gib();
  platform.lapic_ids = {0, 1, 300};
  const Table madt = make_madt(platform);
  CHECK(field<uint32_t>(madt, 36) == 0xFEE0'0000);
  const auto entries = madt_entries(madt);
  REQUIRE(entries.size() == 7);
  CHECK(entries[1] == std::vector<uint8_t>{0, 8, 1, 1, 1, 0, 0, 0});
  CHECK(entries[2][0] == 9);
  CHECK(field<uint32_t>(entries[2], 4) == 300);
  CHECK(field<uint32_t>(entries[2], 12) == 2);
  CHECK(entries[3] == std::vector<uint8_t>{1, 12, 0, 0, 0, 0, 0xC0, 0xFE, 0, 0, 0, 0});
  CHECK(entries[4] == std::vector<uint8_t>{2, 10, 0, 0, 2, 0, 0, 0, 0, 0});
  CHECK(entries[5] == std::vector<uint8_t>{2, 10, 0, 9, 9, 0, 0, 0, 0x0D, 0});
  CHECK(entries[6] == std::vector<uint8_t>{4, 6, 0xFF, 0, 0, 1});
}

TEST_CASE("PCI-17: the MCFG has one entry for all buses") {
  const Table mcfg = make_mcfg(one_gib());
  CHECK(mcfg.size() == 60);
  CHECK(field<uint64_t>(mcfg, 44) == 0xB000'0000);
  CHECK(field<uint16_t>(mcfg, 52) == 0);
  CHECK(mcfg[54] == 0);
  CHECK(mcfg[55] == 0xFF);
}

TEST_CASE("the HPET table repeats the block's id") {
  PlatformDescription platform = one_gib();
  platform.hpet_block_id = 0x8086A301;
  const Table hpet = make_hpet(platform);
  CHECK(hpet.size() == 56);
  CHECK(field<uint32_t>(hpet, 36) == 0x8086A301);
  CHECK(field<uint64_t>(hpet, 44) == 0xFED0'0000);
}

TEST_CASE("the RSDP sums to zero over both its lengths") {
  const Table rsdp = make_rsdp(GuestAddr{0x1000}, GuestAddr{0x2000});
  REQUIRE(rsdp.size() == 36);
  CHECK(text_at(rsdp, 0, 8) == "RSD PTR ");
  CHECK(rsdp[15] == 2);
  CHECK(byte_sum(std::span(rsdp).first(20)) == 0);
  CHECK(byte_sum(rsdp) == 0);
  CHECK(field<uint32_t>(rsdp, 16) == 0x1000);
  CHECK(field<uint64_t>(rsdp, 24) == 0x2000);
}

}  // namespace
}  // namespace vireo::acpi
