#include "machine/board/fw_cfg_items.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <span>

#include "firmware/acpi/loader_files.h"
#include "firmware/byte_writer.h"
#include "firmware/smbios.h"
#include "machine/base/plain_bytes.h"
#include "machine/board/address_map.h"
#include "machine/board/fw_cfg_kernel.h"
#include "machine/board/snapshot/chunk_hash.h"

namespace vireo {
namespace {

constexpr std::string_view kDefaultOrder = "cad";

std::vector<std::byte> plain(std::span<const uint8_t> bytes) {
  const auto all = std::as_bytes(bytes);
  return {all.begin(), all.end()};
}

// The RAM alone: firmware sets its own parts of it apart.
std::vector<std::byte> ram_ranges(const PlatformDescription& platform) {
  ByteWriter out;
  const auto range = [&out](uint64_t base, uint64_t size) {
    constexpr uint32_t kRam = 1;
    if (size != 0) out.u64(base).u64(size).u32(kRam);
  };
  range(0, platform.low_ram_bytes);
  range(address_map::kHighRam, platform.high_ram_bytes);
  return plain(out.bytes());
}

void add_numbers(FwCfg& chip, const MachineConfig& config, const PlatformDescription& platform) {
  const auto& boot = config.firmware;
  const std::string_view order = boot.boot_order.empty() ? kDefaultOrder : boot.boot_order;
  const auto cpus = platform.lapic_ids.size();
  const uint32_t last_id = *std::max_element(platform.lapic_ids.begin(), platform.lapic_ids.end());
  chip.set(fw_cfg::kUuid, plain(platform.system_uuid));
  chip.set_number(fw_cfg::kRamSize, config.memory_bytes, 8);
  chip.set_number(fw_cfg::kNoGraphic, 1, 2);
  chip.set_number(fw_cfg::kCpus, cpus, 2);
  chip.set_number(fw_cfg::kMaxCpus, last_id + 1, 2);
  chip.set_number(fw_cfg::kBootDevice, static_cast<uint8_t>(order.front()), 2);
  chip.set_number(fw_cfg::kBootMenu, boot.boot_menu, 2);
  chip.add_file("etc/max-cpus", little_endian_bytes(last_id + 1, 2));
  if (boot.menu_wait_ms)
    chip.add_file("etc/boot-menu-wait", little_endian_bytes(*boot.menu_wait_ms, 2));
}

void add_tables(FwCfg& chip, const PlatformDescription& platform) {
  const acpi::LoaderFiles acpi = acpi::make_loader_files(platform);
  chip.add_file(std::string(acpi::kTablesFile), plain(acpi.tables));
  chip.add_file(std::string(acpi::kRsdpFile), plain(acpi.rsdp));
  chip.add_file(std::string(acpi::kLoaderFile), plain(acpi.commands));
  const auto smbios = make_smbios_table(platform);
  chip.add_file("etc/smbios/smbios-tables", plain(smbios));
  chip.add_file("etc/smbios/smbios-anchor", plain(make_smbios_entry(GuestAddr{}, smbios.size())));
  chip.add_file("etc/e820", ram_ranges(platform));
}

// Sleep states 0, 3, 4 and 5 with the values for SLP_TYP; bit 7: there is such a state. And a
// console on the first serial port, as there is no screen; a machine without anything to boot
// stays as it is.
void add_policies(FwCfg& chip, const PlatformDescription& platform) {
  constexpr uint8_t kStates[] = {0x80, 0, 0, 1, 2, 0x80};
  chip.add_file("etc/system-states", plain(kStates));
  if (!platform.uarts.empty()) {
    chip.add_file("etc/sercon-port", little_endian_bytes(platform.uarts.front().port, 2));
  }
  chip.add_file("etc/boot-fail-wait", little_endian_bytes(0xffffffff, 4));
}

// The boot order with the kernel's option ROM in front.
Result<std::string> with_kernel(FwCfg& chip, const MachineConfig& config,
                                const PlatformDescription& platform, std::string_view boot_order,
                                HostServices& host) {
  std::string order(boot_order);
  if (!config.firmware.run() || config.kernel.kernel_path.empty()) return order;
  auto first = add_kernel_items(chip, config.kernel, platform.low_ram_bytes, host);
  if (!first || first->empty()) return first ? Result<std::string>(order) : first;
  return order.empty() ? *first + '\0' : fmt::format("{}\n{}", *first, order);
}

Result<void> add_users_files(FwCfg& chip, const MachineConfig& config, HostServices& host) {
  for (const FwCfgFileConfig& file : config.fw_cfg_files) {
    std::vector<std::byte> bytes;
    if (file.path.empty()) {
      bytes = text_bytes(file.text);
    } else {
      auto read = host.read_file(file.path, "-fw_cfg");
      if (!read) return read.error();
      bytes = std::move(*read);
    }
    if (chip.add_file(file.name, std::move(bytes))) continue;
    return Error{
        fmt::format("-fw_cfg {}: the machine has a file of that name, or too many; "
                    "choose a name like opt/org.example/item",
                    file.name)};
  }
  return {};
}

}  // namespace

Result<void> FwCfgOnBoard::create(const MachineConfig& config, const PlatformDescription& platform,
                                  std::string_view boot_order, MachineCore& core,
                                  HostServices& host) {
  using namespace address_map;
  if (!wanted(config)) return {};
  chip = std::make_unique<FwCfg>(core.memory);
  ports = core.ports.map(kFwCfg, 2, chip->ports(), "fw_cfg");
  dma_ports = core.ports.map(kFwCfgDma, 8, chip->dma_ports(), "fw_cfg DMA");
  return fill_fw_cfg(*chip, config, platform, boot_order, host);
}

Result<void> FwCfgOnBoard::add_roms(const std::map<std::string, std::vector<std::byte>>& roms) {
  for (const auto& [name, image] : roms) {
    if (chip == nullptr || chip->add_file(fmt::format("genroms/{}", name), image)) continue;
    return Error{
        fmt::format("rombar=off: firmware cannot be given the ROM {}: the name is too long or "
                    "taken; rename the file",
                    name)};
  }
  return {};
}

uint64_t FwCfgOnBoard::content_hash() const {
  uint64_t hash = 0;
  chip->for_each_item([&hash](auto bytes) { hash = std::rotl(hash, 1) ^ chunk_hash(bytes); });
  return hash;
}

Result<void> fill_fw_cfg(FwCfg& chip, const MachineConfig& config,
                         const PlatformDescription& platform, std::string_view boot_order,
                         HostServices& host) {
  add_numbers(chip, config, platform);
  add_tables(chip, platform);
  add_policies(chip, platform);
  auto order = with_kernel(chip, config, platform, boot_order, host);
  if (!order) return order.error();
  if (!order->empty()) chip.add_file("bootorder", text_bytes(*order));
  return add_users_files(chip, config, host);
}

}  // namespace vireo
