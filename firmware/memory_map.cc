#include "firmware/memory_map.h"

#include "firmware/address_map.h"

namespace vireo {

GuestAddr acpi_nvs_base(const PlatformDescription& platform) {
  return GuestAddr{platform.low_ram_bytes - kAcpiNvsBytes}.page();
}

GuestAddr acpi_data_base(const PlatformDescription& platform) {
  return GuestAddr{acpi_nvs_base(platform).value - kAcpiDataBytes};
}

MemoryMap make_memory_map(const PlatformDescription& platform) {
  constexpr uint64_t kChipsetBlockBytes = 0x4000;
  const GuestAddr tables = acpi_data_base(platform);
  const GuestAddr nvs = acpi_nvs_base(platform);
  MemoryMap map{
      {GuestAddr{0}, kEbda.value, MemoryKind::kRam},
      {kEbda, kLegacyHole - kEbda, MemoryKind::kReserved},
      {kBiosSegment, kExtendedMemory - kBiosSegment, MemoryKind::kReserved},
      {kExtendedMemory, tables - kExtendedMemory, MemoryKind::kRam},
      {tables, kAcpiDataBytes, MemoryKind::kAcpiData},
      {nvs, kAcpiNvsBytes, MemoryKind::kAcpiNvs},
      {platform.ecam_base, platform.ecam_size, MemoryKind::kReserved},
      {platform.rcba_base, kChipsetBlockBytes, MemoryKind::kReserved},
  };
  if (platform.high_ram_bytes != 0) {
    map.push_back({kFourGiB, platform.high_ram_bytes, MemoryKind::kRam});
  }
  return map;
}

}  // namespace vireo
