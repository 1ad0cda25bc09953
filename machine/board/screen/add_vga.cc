#include "machine/board/screen/add_vga.h"

#include <utility>

namespace vireo {

// The VGA BIOS is for a BIOS only: nobody else would run it.
Result<void> add_vga(const MachineConfig& config, MachineCore& core, HostServices& host,
                     PciPlacing& placing, std::unique_ptr<VgaCard>& card) {
  if (config.vga == VgaKind::kNone) return {};
  const bool bios = !config.firmware.path.empty();
  const std::string rom(bios ? VgaCard::kRomPath : std::string_view());
  auto made = VgaCard::create(core, host, rom);
  if (!made) return made.error();
  card = std::move(*made);
  const PciPlace anywhere;
  const PciPlacing::Request request{card.get(), &anywhere};
  return placing.attach({&request, 1});
}

}  // namespace vireo
