// The FADT and the FACS (ACPI 6.5 sections 5.2.9 and 5.2.10).
#include "firmware/acpi/fixed_tables.h"
#include "firmware/acpi/table.h"
#include "firmware/byte_writer.h"

namespace vireo::acpi {
namespace {

// Feature flags, table 5.10.
constexpr uint32_t kWbinvd = 1u << 0;
constexpr uint32_t kProcC1 = 1u << 2;
// No fixed sleep button; the power button is a fixed one (bit 4 clear).
constexpr uint32_t kNoFixedSleepButton = 1u << 5;
constexpr uint32_t kResetRegisterSupported = 1u << 10;

// IA-PC boot architecture flags, table 5.11. MSI and ASPM stay allowed.
constexpr uint16_t kLegacyDevices = 1u << 0;
constexpr uint16_t k8042 = 1u << 1;
constexpr uint16_t kNoVga = 1u << 2;

constexpr uint8_t kProfileDesktop = 1;
constexpr uint8_t kRtcCentury = 0x32;  // CMOS index
// Latencies over 100 and 1000 microseconds mean: no C2, no C3.
constexpr uint16_t kNoC2 = 0x0fff;
constexpr uint16_t kNoC3 = 0x0fff;

// The fixed hardware's blocks: offset from pm_base and bytes.
struct Block {
  uint16_t offset;
  uint8_t length;
};
constexpr Block kPm1Event{0x00, 4};
constexpr Block kPm1Control{0x04, 2};
constexpr Block kPmTimer{0x08, 4};
constexpr Block kGpe0{0x20, 16};

enum class AccessSize : uint8_t { kByte = 1, kWord = 2, kDWord = 3 };

// Generic Address Structure of I/O ports, section 5.2.3.2.
void put_port(ByteWriter& out, uint16_t port, unsigned bytes, AccessSize access) {
  constexpr uint8_t kSystemIo = 1;
  out.u8(kSystemIo).u8(bytes * 8).u8(0).u8(static_cast<uint8_t>(access)).u64(port);
}

void put_no_port(ByteWriter& out) { out.zeros(12); }

uint16_t boot_flags(const PlatformDescription& platform) {
  uint16_t flags = kLegacyDevices;
  if (platform.has_i8042) flags |= k8042;
  if (!platform.has_vga) flags |= kNoVga;
  return flags;
}

// Offsets 36 to 56 of the table: pointers and the SMI command port.
void put_head(ByteWriter& out, const PlatformDescription& platform, GuestAddr facs,
              GuestAddr dsdt) {
  out.u32(facs.value).u32(dsdt.value).u8(0).u8(kProfileDesktop);
  out.u16(platform.sci_irq).u32(platform.smi_command_port);
  const bool switchable = platform.smi_command_port != 0;
  out.u8(switchable ? platform.acpi_enable_value : 0);
  out.u8(switchable ? platform.acpi_disable_value : 0);
  out.u8(0).u8(0);  // S4BIOS_REQ, PSTATE_CNT: none
}

// Offsets 56 to 112: 32-bit register addresses, lengths, latencies, RTC, flags.
void put_legacy_registers(ByteWriter& out, const PlatformDescription& platform) {
  const uint32_t pm = platform.pm_base;
  out.u32(pm + kPm1Event.offset).u32(0);    // PM1a, PM1b event
  out.u32(pm + kPm1Control.offset).u32(0);  // PM1a, PM1b control
  out.u32(0).u32(pm + kPmTimer.offset);     // PM2 control, timer
  out.u32(pm + kGpe0.offset).u32(0);        // GPE0, GPE1
  out.u8(kPm1Event.length).u8(kPm1Control.length).u8(0).u8(kPmTimer.length);
  out.u8(kGpe0.length).u8(0).u8(0).u8(0);       // GPE0, GPE1 lengths, GPE1 base, CST_CNT
  out.u16(kNoC2).u16(kNoC3).u16(0).u16(0);      // latencies; flush size, stride
  out.u8(0).u8(0).u8(0).u8(0).u8(kRtcCentury);  // duty cycle; day and month alarm; century
  out.u16(boot_flags(platform)).u8(0);
  out.u32(kWbinvd | kProcC1 | kNoFixedSleepButton | kResetRegisterSupported);
}

// Offsets 148 to 268: the same registers as generic addresses, and no sleep registers.
void put_generic_registers(ByteWriter& out, const PlatformDescription& platform) {
  const uint16_t pm = platform.pm_base;
  const auto at = [pm](Block block) { return static_cast<uint16_t>(pm + block.offset); };
  put_port(out, at(kPm1Event), kPm1Event.length, AccessSize::kWord);
  put_no_port(out);
  put_port(out, at(kPm1Control), kPm1Control.length, AccessSize::kWord);
  put_no_port(out);
  put_no_port(out);
  put_port(out, at(kPmTimer), kPmTimer.length, AccessSize::kDWord);
  put_port(out, at(kGpe0), kGpe0.length, AccessSize::kByte);
  put_no_port(out);
  put_no_port(out);  // sleep control
  put_no_port(out);  // sleep status
}

}  // namespace

Table make_fadt(const PlatformDescription& platform, GuestAddr facs, GuestAddr dsdt) {
  constexpr uint8_t kRevision6 = 6;
  ByteWriter out;
  put_head(out, platform, facs, dsdt);
  put_legacy_registers(out, platform);
  put_port(out, platform.reset_port, 1, AccessSize::kByte);
  out.u8(platform.reset_value).u16(0).u8(0);  // ARM boot flags, minor version
  // The tables lie below 4 GiB: FIRMWARE_CTRL is used, so X_FIRMWARE_CTRL stays 0.
  out.u64(0).u64(dsdt.value);
  put_generic_registers(out, platform);
  out.u64(0);  // hypervisor vendor identity: none
  return make_table("FACP", kRevision6, out.bytes());
}

Table make_facs() {
  constexpr uint8_t kVersion = 2;
  ByteWriter out;
  out.text("FACS", 4).u32(kFacsBytes);
  out.zeros(24);  // hardware signature, waking vectors, global lock, flags
  out.u8(kVersion);
  out.zeros(kFacsBytes - out.size());
  return out.bytes();
}

}  // namespace vireo::acpi
