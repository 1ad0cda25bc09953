#include "firmware/firmware.h"

#include <fmt/format.h>

#include <optional>
#include <span>
#include <vector>

#include "firmware/acpi/dsdt.h"
#include "firmware/acpi/fixed_tables.h"
#include "firmware/address_map.h"
#include "firmware/bios_data.h"
#include "firmware/memory_map.h"
#include "firmware/smbios.h"

namespace vireo {
namespace {

constexpr uint64_t kMinimumRam = uint64_t{2} << 20;

bool write_table(GuestMemory& memory, GuestAddr at, std::span<const uint8_t> table) {
  return memory.write_bytes(at, std::as_bytes(table));
}

// Fills the ACPI data range from its start, table by table.
class TablePlacer {
 public:
  TablePlacer(GuestMemory& memory, GuestAddr base, uint64_t size)
      : memory_(memory), next_(base), end_(base + size) {}

  // Where the table went. When room or RAM is lacking, ok() turns false.
  GuestAddr place(std::span<const uint8_t> table) {
    constexpr uint64_t kAlignment = 16;
    const GuestAddr at = next_;
    ok_ = ok_ && table.size() <= end_ - at && write_table(memory_, at, table);
    if (ok_) next_ = GuestAddr{(at.value + table.size() + kAlignment - 1) & ~(kAlignment - 1)};
    return at;
  }
  bool ok() const { return ok_; }

 private:
  GuestMemory& memory_;
  GuestAddr next_;
  GuestAddr end_;
  bool ok_ = true;
};

bool write_acpi(const PlatformDescription& platform, GuestMemory& memory) {
  const GuestAddr facs = acpi_nvs_base(platform);
  if (!write_table(memory, facs, acpi::make_facs())) return false;
  TablePlacer placer(memory, acpi_data_base(platform), kAcpiDataBytes);
  const GuestAddr dsdt = placer.place(acpi::make_dsdt(platform));
  std::vector<GuestAddr> tables{placer.place(acpi::make_fadt(platform, facs, dsdt)),
                                placer.place(acpi::make_madt(platform)),
                                placer.place(acpi::make_mcfg(platform))};
  if (platform.has_hpet) tables.push_back(placer.place(acpi::make_hpet(platform)));
  const GuestAddr rsdt = placer.place(acpi::make_rsdt(tables));
  const GuestAddr xsdt = placer.place(acpi::make_xsdt(tables));
  return placer.ok() && write_table(memory, kRsdpAt, acpi::make_rsdp(rsdt, xsdt));
}

bool write_smbios(const PlatformDescription& platform, GuestMemory& memory) {
  const auto table = make_smbios_table(platform);
  const auto entry = make_smbios_entry(kSmbiosTableAt, table.size());
  return table.size() <= kExtendedMemory - kSmbiosTableAt &&
         write_table(memory, kSmbiosTableAt, table) && write_table(memory, kSmbiosEntryAt, entry);
}

}  // namespace

Result<InstalledFirmware> install_firmware(const PlatformDescription& platform,
                                           GuestMemory& memory) {
  if (platform.low_ram_bytes < kMinimumRam) {
    return Error{
        fmt::format("-m: {} KiB of memory cannot hold the firmware tables; give at "
                    "least 2 MiB",
                    platform.low_ram_bytes >> 10)};
  }
  if (!write_bios_data(platform, memory) || !write_acpi(platform, memory) ||
      !write_smbios(platform, memory)) {
    return Error{
        fmt::format("the firmware tables for {} CPUs do not fit in their {} KiB of RAM "
                    "below {:#x}; configure fewer CPUs",
                    platform.lapic_ids.size(), kAcpiDataBytes >> 10, platform.low_ram_bytes)};
  }
  return InstalledFirmware{kRsdpAt, kSmbiosEntryAt, make_memory_map(platform)};
}

}  // namespace vireo
