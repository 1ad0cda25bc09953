#include "firmware/smbios.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "firmware/address_map.h"
#include "firmware/byte_writer.h"

namespace vireo {
namespace {

constexpr uint8_t kMajor = 3;
constexpr uint8_t kMinor = 1;

constexpr uint8_t kUnknown = 2;  // "unknown" in the enumerations used here
constexpr uint8_t kOther = 1;
constexpr uint8_t kNoString = 0;
constexpr uint16_t kNoHandle = 0xFFFF;
constexpr uint16_t kNoErrorHandle = 0xFFFE;

constexpr uint16_t kFirmwareHandle = 0x0000;
constexpr uint16_t kSystemHandle = 0x0100;
constexpr uint16_t kChassisHandle = 0x0300;
constexpr uint16_t kProcessorHandle = 0x0400;
constexpr uint16_t kMemoryArrayHandle = 0x1000;
constexpr uint16_t kMemoryDeviceHandle = 0x1100;
constexpr uint16_t kMappedMemoryHandle = 0x1300;
constexpr uint16_t kBootHandle = 0x2000;
constexpr uint16_t kEndHandle = 0x7F00;

// One structure: the formatted area, written to `fields`, then its strings.
struct Structure {
  uint8_t type;
  uint16_t handle;
  ByteWriter fields;
  std::vector<std::string> strings;

  // Adds a string and gives its number; the empty string is "none".
  uint8_t string(std::string_view text) {
    if (text.empty()) return kNoString;
    strings.emplace_back(text);
    return static_cast<uint8_t>(strings.size());
  }
};

void append(ByteWriter& table, const Structure& structure) {
  constexpr size_t kHeaderBytes = 4;
  table.u8(structure.type).u8(kHeaderBytes + structure.fields.size()).u16(structure.handle);
  table.append(structure.fields.bytes());
  for (const std::string& text : structure.strings) table.text(text, text.size()).u8(0);
  if (structure.strings.empty()) table.u8(0);
  table.u8(0);
}

Structure firmware(const PlatformDescription& platform) {
  constexpr uint64_t kCharacteristicsNotSupported = 1 << 3;
  constexpr uint8_t kTargetedContent = 1 << 2;
  constexpr uint8_t kVirtualMachine = 1 << 4;
  Structure s{0, kFirmwareHandle, {}, {}};
  s.fields.u8(s.string(platform.manufacturer)).u8(s.string(platform.firmware_version));
  s.fields.u16(kBiosSegment.value >> 4).u8(s.string(platform.firmware_date)).u8(0);
  s.fields.u64(kCharacteristicsNotSupported).u8(0).u8(kTargetedContent | kVirtualMachine);
  s.fields.u8(0xFF).u8(0xFF);  // firmware release: none
  s.fields.u8(0xFF).u8(0xFF);  // embedded controller: none
  s.fields.u16(0);             // extended ROM size
  return s;
}

Structure system(const PlatformDescription& platform) {
  constexpr uint8_t kPowerSwitch = 6;
  Structure s{1, kSystemHandle, {}, {}};
  s.fields.u8(s.string(platform.manufacturer)).u8(s.string(platform.product));
  s.fields.u8(s.string(platform.firmware_version)).u8(kNoString);
  s.fields.append(platform.system_uuid).u8(kPowerSwitch).u8(kNoString).u8(kNoString);
  return s;
}

Structure chassis(const PlatformDescription& platform) {
  constexpr uint8_t kSafe = 3;
  Structure s{3, kChassisHandle, {}, {}};
  s.fields.u8(s.string(platform.manufacturer)).u8(kOther).u8(kNoString).u8(kNoString);
  s.fields.u8(kNoString).u8(kSafe).u8(kSafe).u8(kSafe).u8(kUnknown);
  s.fields.u32(0).u8(0).u8(0);         // OEM, height, power cords
  s.fields.u8(0).u8(0).u8(kNoString);  // contained elements, SKU
  return s;
}

// What a socket holds (SMBIOS 3.1, 7.5.9: 64 bits, several cores, several threads).
uint16_t processor_characteristics(const PlatformDescription& platform) {
  return static_cast<uint16_t>(1 << 2 | (platform.socket_cores > 1) << 3 |
                               (platform.core_threads > 1) << 4);
}

Structure processor(const PlatformDescription& platform, unsigned socket) {
  constexpr uint8_t kCentralProcessor = 3;
  constexpr uint8_t kPopulatedEnabled = 0x41;
  const unsigned cores = platform.socket_cores, threads = cores * platform.core_threads;
  const unsigned cores8 = std::min(cores, 255u), threads8 = std::min(threads, 255u);
  Structure s{4, static_cast<uint16_t>(kProcessorHandle + socket), {}, {}};
  s.fields.u8(s.string(fmt::format("CPU {}", socket))).u8(kCentralProcessor).u8(kUnknown);
  s.fields.u8(s.string(platform.manufacturer)).u64(0).u8(s.string(platform.product));
  s.fields.u8(0).u16(0).u16(0).u16(0);  // voltage; clock and speeds: unknown
  s.fields.u8(kPopulatedEnabled).u8(kOther);
  s.fields.u16(kNoHandle).u16(kNoHandle).u16(kNoHandle);  // caches
  s.fields.u8(kNoString).u8(kNoString).u8(kNoString);
  s.fields.u8(cores8).u8(cores8).u8(threads8).u16(processor_characteristics(platform));
  s.fields.u16(kUnknown).u16(cores).u16(cores).u16(threads);
  return s;
}

uint64_t ram_bytes(const PlatformDescription& platform) {
  return platform.low_ram_bytes + platform.high_ram_bytes;
}

Structure memory_array(const PlatformDescription& platform) {
  constexpr uint8_t kSystemMemory = 3;
  constexpr uint8_t kNoErrorCorrection = 3;
  constexpr uint32_t kUseExtended = 0x8000'0000;
  const uint64_t kib = ram_bytes(platform) >> 10;
  Structure s{16, kMemoryArrayHandle, {}, {}};
  s.fields.u8(kOther).u8(kSystemMemory).u8(kNoErrorCorrection);
  s.fields.u32(kib < kUseExtended ? kib : kUseExtended).u16(kNoErrorHandle).u16(1);
  s.fields.u64(kib < kUseExtended ? 0 : ram_bytes(platform));
  return s;
}

Structure memory_device(const PlatformDescription& platform) {
  constexpr uint16_t kUseExtended = 0x7FFF;
  constexpr uint8_t kDimm = 9;
  constexpr uint8_t kRam = 7;
  constexpr uint16_t kDetailOther = 1 << 1;
  const uint64_t mib = ram_bytes(platform) >> 20;
  Structure s{17, kMemoryDeviceHandle, {}, {}};
  s.fields.u16(kMemoryArrayHandle).u16(kNoErrorHandle).u16(0xFFFF).u16(0xFFFF);  // widths unknown
  s.fields.u16(std::min<uint64_t>(mib, kUseExtended)).u8(kDimm).u8(0);
  s.fields.u8(s.string("DIMM 0")).u8(kNoString).u8(kRam).u16(kDetailOther).u16(0);
  s.fields.u8(s.string(platform.manufacturer)).u8(kNoString).u8(kNoString).u8(kNoString).u8(0);
  s.fields.u32(mib < kUseExtended ? 0 : mib).u16(0).u16(0).u16(0).u16(0);
  return s;
}

Structure mapped_memory(uint16_t handle, GuestAddr base, uint64_t size) {
  constexpr uint32_t kUseExtended = 0xFFFF'FFFF;
  const uint64_t last = base.value + size - 1;
  const bool fits = last >> 10 < kUseExtended;
  Structure s{19, handle, {}, {}};
  s.fields.u32(fits ? base.value >> 10 : kUseExtended).u32(fits ? last >> 10 : kUseExtended);
  s.fields.u16(kMemoryArrayHandle).u8(1);
  s.fields.u64(fits ? 0 : base.value).u64(fits ? 0 : last);
  return s;
}

Structure boot_status() {
  Structure s{32, kBootHandle, {}, {}};
  s.fields.zeros(6).u8(0);  // no errors
  return s;
}

}  // namespace

std::vector<uint8_t> make_smbios_table(const PlatformDescription& platform) {
  ByteWriter table;
  append(table, firmware(platform));
  append(table, system(platform));
  append(table, chassis(platform));
  for (unsigned socket = 0; socket < platform.cpu_sockets; ++socket) {
    append(table, processor(platform, socket));
  }
  append(table, memory_array(platform));
  append(table, memory_device(platform));
  append(table, mapped_memory(kMappedMemoryHandle, GuestAddr{0}, platform.low_ram_bytes));
  if (platform.high_ram_bytes != 0) {
    append(table, mapped_memory(kMappedMemoryHandle + 1, kFourGiB, platform.high_ram_bytes));
  }
  append(table, boot_status());
  append(table, Structure{127, kEndHandle, {}, {}});
  return table.bytes();
}

std::vector<uint8_t> make_smbios_entry(GuestAddr table, size_t table_bytes) {
  constexpr size_t kChecksumAt = 5;
  constexpr uint8_t kEntryBytes = 24;
  constexpr uint8_t kEntryRevision = 1;
  ByteWriter out;
  out.text("_SM3_", 5).u8(0).u8(kEntryBytes).u8(kMajor).u8(kMinor).u8(0);
  out.u8(kEntryRevision).u8(0).u32(table_bytes).u64(table.value);
  out.patch_u8(kChecksumAt, checksum_of(out.bytes()));
  return out.bytes();
}

}  // namespace vireo
