#include "machine/board/system_flash.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "machine/base/log.h"
#include "machine/board/snapshot/chunk_hash.h"
#include "machine/board/virtio/open_disk.h"

namespace vireo {
namespace {

constexpr uint64_t kEndOf32Bits = uint64_t{1} << 32;

Error unfit(const DriveConfig& drive, std::string_view reason) {
  return Error{fmt::format("-drive if=pflash: {}: {}", drive.path, reason)};
}

}  // namespace

struct SystemFlash::Unit {
  Unit(unsigned number, std::unique_ptr<BlockBackend> image_in, HostRam ram_in, uint64_t base_in,
       MachineCore& core_in, MemorySwitch* low_in, std::function<bool()> admitted)
      : core(core_in),
        low(low_in),
        base(base_in),
        image(std::move(image_in)),
        ram(std::move(ram_in)),
        chip(fmt::format("system.flash{}", number),
             PflashWiring{content(), image->read_only(), std::move(admitted),
                          [this](bool shows) { show(shows); },
                          [this](uint64_t offset, uint64_t length) {
                            return store(offset, length);
                          }}),
        mapping(core.mmio.map(base, image->size(), chip, std::string(chip.name()))) {}

  std::span<std::byte> content() const { return {ram.data(), image->size()}; }

  // The processor runs from the array as from any memory. Otherwise all reads are the chip's.
  void show(bool array) {
    std::vector<RamRegion> pieces;
    if (array) pieces.push_back({GuestAddr{base}, image->size(), ram.data(), false});
    core.memory.replace(GuestAddr{base}, image->size(), std::move(pieces));
    if (array && low != nullptr) low->set_low_rom(content());
  }

  bool store(uint64_t offset, uint64_t length) {
    const auto written = image->write(offset, content().subspan(offset, length));
    if (!written) Log::line(fmt::format("{}: {}", chip.name(), written.error().message));
    return written.ok();
  }

  void store_what_differs() {
    if (image->read_only()) return;
    std::array<std::byte, Pflash::kBlock> kept;
    for (uint64_t at = 0; at < image->size(); at += kept.size()) {
      const auto now = content().subspan(at, kept.size());
      const bool same =
          image->read(at, kept).ok() && std::equal(kept.begin(), kept.end(), now.begin());
      if (!same && !store(at, kept.size())) return;
    }
  }

  MachineCore& core;
  MemorySwitch* low;  // null: not of unit 0
  const uint64_t base;
  std::unique_ptr<BlockBackend> image;
  HostRam ram;
  Pflash chip;
  IoMapping mapping;
};

SystemFlash::SystemFlash(MachineCore& core, MemorySwitch& low, std::function<bool()> admitted)
    : core_(core), low_(low), admitted_(std::move(admitted)) {}
SystemFlash::~SystemFlash() = default;

Result<std::unique_ptr<SystemFlash>> SystemFlash::create(const FirmwareConfig& config,
                                                         MachineCore& core, MemorySwitch& low,
                                                         HostServices& host,
                                                         std::function<bool()> in_smm) {
  if (!config.flash_secure) in_smm = nullptr;
  auto flash = std::unique_ptr<SystemFlash>(new SystemFlash(core, low, std::move(in_smm)));
  uint64_t end = kEndOf32Bits;
  for (const auto& drive : config.flash) {
    if (!drive) break;
    if (auto added = flash->add(*drive, end, host); !added) return added.error();
    end = flash->units_.back()->base;
  }
  return flash;
}

Result<void> SystemFlash::add(const DriveConfig& drive, uint64_t end, HostServices& host) {
  auto image = open_disk(drive, host, true);
  if (!image) return image.error();
  const uint64_t size = (*image)->size();
  if (size == 0 || size % Pflash::kBlock != 0) {
    return unfit(drive, fmt::format("{} bytes; a flash image has a multiple of 4 KiB", size));
  }
  if (size > kMost - (kEndOf32Bits - end)) {
    return unfit(drive, fmt::format("{} KiB; the flash images may have 8 MiB in all", size / 1024));
  }
  auto ram = HostRam::allocate(size);
  if (!ram) return ram.error();
  if (auto read = (*image)->read(0, {ram->data(), size}); !read) return read;
  const auto number = static_cast<unsigned>(units_.size());
  units_.push_back(std::make_unique<Unit>(number, std::move(*image), std::move(*ram), end - size,
                                          core_, number == 0 ? &low_ : nullptr, admitted_));
  units_.back()->show(true);
  return {};
}

void SystemFlash::add_devices(std::vector<Device*>& devices) {
  for (const auto& unit : units_) devices.push_back(&unit->chip);
}

std::string SystemFlash::description() const {
  std::string text;
  for (const auto& unit : units_) {
    text += fmt::format("{} of {} bytes", unit->chip.name(), unit->image->size());
    if (admitted_) text += " secure";
    if (unit->image->read_only()) text += fmt::format(" {:016x}", chunk_hash(unit->content()));
    text += '\n';
  }
  return text;
}

uint64_t SystemFlash::bytes(unsigned unit) const {
  return unit < units_.size() ? units_[unit]->image->size() : 0;
}

uint64_t SystemFlash::content_hash() const {
  uint64_t hash = 0;
  for (const auto& unit : units_) hash = hash * 31 + chunk_hash(unit->content());
  return hash;
}

void SystemFlash::after_load() {
  for (const auto& unit : units_) {
    unit->chip.reset_outputs();
    unit->store_what_differs();
  }
}

Result<void> SystemFlash::flush() {
  for (const auto& unit : units_) {
    if (unit->image->read_only()) continue;
    if (auto flushed = unit->image->flush(); !flushed) return flushed;
  }
  return {};
}

}  // namespace vireo
