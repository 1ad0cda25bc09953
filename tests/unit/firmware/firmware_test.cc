#include "firmware/firmware.h"

#include <doctest/doctest.h>

#include "tests/unit/firmware/table_check.h"

namespace vireo {
namespace {

using namespace testing;

constexpr uint64_t kRam = 16 << 20;

PlatformDescription platform() {
  PlatformDescription platform;
  platform.low_ram_bytes = kRam;
  return platform;
}

TEST_CASE("from the RSDP every table can be reached and sums to zero") {
  GuestMemory memory = GuestMemory::on_heap(kRam);

  const auto firmware = install_firmware(platform(), memory);

  REQUIRE(firmware.ok());
  const auto rsdp = read_guest(memory, firmware->rsdp, 36);
  CHECK(text_at(rsdp, 0, 8) == "RSD PTR ");
  const auto xsdt = read_table(memory, GuestAddr{field<uint64_t>(rsdp, 24)});
  const auto rsdt = read_table(memory, GuestAddr{field<uint32_t>(rsdp, 16)});
  std::string signatures;
  REQUIRE(xsdt.size() == 36 + 4 * 8);
  for (size_t i = 0; i < 4; ++i) {
    const uint64_t at = field<uint64_t>(xsdt, 36 + 8 * i);
    CHECK(field<uint32_t>(rsdt, 36 + 4 * i) == at);
    const auto table = read_table(memory, GuestAddr{at});
    CHECK(byte_sum(table) == 0);
    signatures += text_at(table, 0, 4);
  }
  CHECK(signatures == "FACPAPICMCFGHPET");
}

TEST_CASE("the FADT's tables lie where the memory map protects them") {
  GuestMemory memory = GuestMemory::on_heap(kRam);
  const auto firmware = install_firmware(platform(), memory);
  REQUIRE(firmware.ok());
  const auto rsdp = read_guest(memory, firmware->rsdp, 36);
  const auto xsdt = read_table(memory, GuestAddr{field<uint64_t>(rsdp, 24)});
  const auto fadt = read_table(memory, GuestAddr{field<uint64_t>(xsdt, 36)});
  const GuestAddr facs{field<uint32_t>(fadt, 36)};
  const GuestAddr dsdt{field<uint32_t>(fadt, 40)};
  CHECK(memory.read<uint32_t>(facs) == 0x53434146);
  CHECK(memory.read<uint32_t>(dsdt) == 0x54445344);
  CHECK(facs.value % 64 == 0);
  CHECK(firmware->memory_map[4].kind == MemoryKind::kAcpiData);
  CHECK(dsdt == firmware->memory_map[4].base);
  CHECK(firmware->memory_map[5] == MemoryRange{facs, 4096, MemoryKind::kAcpiNvs});
}

TEST_CASE("SMBIOS and the BIOS data area are in place") {
  GuestMemory memory = GuestMemory::on_heap(kRam);
  const auto firmware = install_firmware(platform(), memory);
  REQUIRE(firmware.ok());
  CHECK(text_at(read_guest(memory, firmware->smbios_entry, 24), 0, 5) == "_SM3_");
  CHECK(memory.read<uint16_t>(GuestAddr{0x400}) == 0x3F8);
  CHECK(memory.read<uint16_t>(GuestAddr{0x402}) == 0x2F8);
  CHECK(memory.read<uint16_t>(GuestAddr{0x40E}) == 0x9FC0);
  CHECK(memory.read<uint16_t>(GuestAddr{0x413}) == 639);
  CHECK(memory.read<uint8_t>(GuestAddr{0x9'FC00}) == 1);
}

TEST_CASE("installing again after a reset gives the same bytes") {
  GuestMemory memory = GuestMemory::on_heap(kRam);
  REQUIRE(install_firmware(platform(), memory).ok());
  const auto tables = read_guest(memory, GuestAddr{kRam - 0x1'0000}, 0x1'0000);
  memory.fill(GuestAddr{kRam - 0x1'0000}, 0x8000, std::byte{0x55});
  REQUIRE(install_firmware(platform(), memory).ok());
  const auto again = read_guest(memory, GuestAddr{kRam - 0x1'0000}, 0x8000);
  CHECK(std::equal(again.begin(), again.begin() + 0x1000, tables.begin()));
}

TEST_CASE("255 CPUs fit, and too many are an error") {
  GuestMemory memory = GuestMemory::on_heap(kRam);
  PlatformDescription many = platform();
  many.lapic_ids.assign(255, 0);
  CHECK(install_firmware(many, memory).ok());
  many.lapic_ids.assign(4000, 0);
  const auto result = install_firmware(many, memory);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message.find("4000 CPUs") != std::string::npos);
}

TEST_CASE("too little memory names -m") {
  GuestMemory memory = GuestMemory::on_heap(1 << 20);
  PlatformDescription small = platform();
  small.low_ram_bytes = 1 << 20;
  const auto result = install_firmware(small, memory);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message.find("-m") != std::string::npos);
}

TEST_CASE("a description that promises more RAM than there is fails") {
  GuestMemory memory = GuestMemory::on_heap(4 << 20);
  CHECK_FALSE(install_firmware(platform(), memory).ok());
}

}  // namespace
}  // namespace vireo
