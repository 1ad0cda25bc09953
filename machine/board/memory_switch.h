// What stands at the addresses which the host bridge can switch: RAM or ROM between 768 KiB
// and 1 MiB, and the memory of system management mode.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "machine/base/io_space.h"
#include "machine/board/core.h"
#include "pci/host_bridge.h"

namespace vireo {

// The areas of the PAM registers show RAM, or else the last 128 KiB of the firmware's ROM, and
// nothing where it does not reach. An area that is read from ROM and written to RAM takes the
// stores of processors, but no device's (Intel 82Q35 datasheet, 5.1.22 to 5.1.30).
class MemorySwitch : public IoHandler {
 public:
  // Both outlive this. Without ROM until set_rom().
  MemorySwitch(MachineCore& core, const Q35HostBridge& bridge);

  // Stands below 4 GiB from now on. A multiple of 64 KiB, at most 16 MiB; outlives this.
  void set_rom(std::span<std::byte> rom);
  // Only the copy of its end below 1 MiB: others show the ROM itself.
  void set_low_rom(std::span<std::byte> rom);

  // The bridge's registers have changed: by the guest, a reset or the loading of a snapshot.
  void update();

  // Stores to the areas which are not plain RAM, and loads where there is nothing.
  uint64_t read(uint64_t offset, unsigned size) override;
  void write(uint64_t offset, unsigned size, uint64_t value) override;

 private:
  struct Mode {
    bool read_ram = false, write_ram = false;
    bool operator==(const Mode&) const = default;
  };
  std::array<Mode, kPamAreas> modes() const;
  void update_areas();
  void update_smram();
  void append(std::vector<RamRegion>& pieces, const PamArea& area) const;
  RamRegion ram(uint64_t base, uint64_t size) const;
  RamRegion hidden(uint64_t base, uint64_t size) const;

  MachineCore& core_;
  const Q35HostBridge& bridge_;
  std::span<std::byte> rom_;
  std::array<Mode, kPamAreas> modes_{};
  bool areas_stale_ = true;
  SmramState smram_;
  uint64_t tseg_bytes_ = 0;  // at the end of the RAM below 4 GiB; 0: they are plain RAM
  IoMapping mapping_;
};

}  // namespace vireo
