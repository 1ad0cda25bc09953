#include "firmware/acpi/fixed_tables.h"

#include "firmware/acpi/table.h"
#include "firmware/byte_writer.h"

namespace vireo::acpi {
namespace {

// MADT interrupt controller structures, ACPI 6.5 table 5.21.
constexpr uint8_t kLocalApic = 0;
constexpr uint8_t kIoApic = 1;
constexpr uint8_t kSourceOverride = 2;
constexpr uint8_t kLocalApicNmi = 4;
constexpr uint8_t kLocalX2Apic = 9;

constexpr uint32_t kEnabled = 1;
constexpr uint32_t kPcatCompatible = 1;  // there is a pair of 8259s as well
constexpr uint16_t kBusDefault = 0;      // polarity and trigger as on the ISA bus
constexpr uint16_t kLevelHigh = 0x0D;
constexpr uint32_t kTimerGsi = 2;  // the 8259 cascade's place: IRQ 0 comes in here

// An xAPIC id takes one byte, and 255 means all CPUs.
void put_cpu(ByteWriter& out, uint32_t uid, uint32_t apic_id) {
  if (apic_id < 255) {
    out.u8(kLocalApic).u8(8).u8(uid).u8(apic_id).u32(kEnabled);
  } else {
    out.u8(kLocalX2Apic).u8(16).u16(0).u32(apic_id).u32(kEnabled).u32(uid);
  }
}

void put_override(ByteWriter& out, uint8_t irq, uint32_t gsi, uint16_t flags) {
  constexpr uint8_t kIsaBus = 0;
  out.u8(kSourceOverride).u8(10).u8(kIsaBus).u8(irq).u32(gsi).u16(flags);
}

template <typename Put>
Table pointers(std::string_view signature, std::span<const GuestAddr> tables, Put put) {
  ByteWriter out;
  for (GuestAddr table : tables) put(out, table.value);
  return make_table(signature, 1, out.bytes());
}

}  // namespace

Table make_madt(const PlatformDescription& platform) {
  constexpr uint8_t kRevision5 = 5;
  ByteWriter out;
  out.u32(platform.lapic_base.value).u32(kPcatCompatible);
  for (size_t i = 0; i < platform.lapic_ids.size(); ++i) {
    put_cpu(out, static_cast<uint32_t>(i), platform.lapic_ids[i]);
  }
  out.u8(kIoApic).u8(12).u8(platform.ioapic_id).u8(0);
  out.u32(platform.ioapic_base.value).u32(platform.ioapic_gsi_base);
  put_override(out, 0, kTimerGsi, kBusDefault);
  put_override(out, platform.sci_irq, platform.sci_irq, kLevelHigh);
  constexpr uint8_t kAllCpus = 0xff;
  constexpr uint8_t kLint1 = 1;
  out.u8(kLocalApicNmi).u8(6).u8(kAllCpus).u16(kBusDefault).u8(kLint1);
  return make_table("APIC", kRevision5, out.bytes());
}

Table make_mcfg(const PlatformDescription& platform) {
  const uint64_t buses = platform.ecam_size >> 20;
  ByteWriter out;
  out.u64(0);  // reserved
  out.u64(platform.ecam_base.value).u16(0).u8(0).u8(buses - 1).u32(0);
  return make_table("MCFG", 1, out.bytes());
}

Table make_hpet(const PlatformDescription& platform) {
  constexpr uint16_t kMinimumTick = 100;  // counter ticks that periodic mode keeps up with
  ByteWriter out;
  out.u32(platform.hpet_block_id);
  out.u8(0).u8(64).u8(0).u8(0).u64(platform.hpet_base.value);  // memory, 64 bits wide
  out.u8(0).u16(kMinimumTick).u8(0);
  return make_table("HPET", 1, out.bytes());
}

Table make_rsdt(std::span<const GuestAddr> tables) {
  return pointers("RSDT", tables, [](ByteWriter& out, uint64_t at) { out.u32(at); });
}

Table make_xsdt(std::span<const GuestAddr> tables) {
  return pointers("XSDT", tables, [](ByteWriter& out, uint64_t at) { out.u64(at); });
}

Table make_rsdp(GuestAddr rsdt, GuestAddr xsdt) {
  constexpr uint8_t kRevision2 = 2;
  constexpr size_t kVersion1Bytes = 20;
  constexpr size_t kChecksumAt = 8;
  constexpr size_t kExtendedChecksumAt = 32;
  ByteWriter out;
  out.text("RSD PTR ", 8).u8(0).text(kOemId, 6).u8(kRevision2).u32(rsdt.value);
  out.u32(kRsdpBytes).u64(xsdt.value).u8(0).zeros(3);
  // The first covers the structure of ACPI 1.0, the second all of it.
  out.patch_u8(kChecksumAt, checksum_of(std::span(out.bytes()).first(kVersion1Bytes)));
  out.patch_u8(kExtendedChecksumAt, checksum_of(out.bytes()));
  return out.bytes();
}

}  // namespace vireo::acpi
