#include "machine/control/devices/virtio_pci_keys.h"

#include <fmt/format.h>

#include "machine/control/devices/pci_place_keys.h"

namespace vireo {
namespace {

constexpr OptionKey flag(std::string_view name, std::string_view help, bool otherwise) {
  return {.name = name,
          .type = OptionType::kBool,
          .help = help,
          .otherwise = otherwise ? std::string_view("on") : std::string_view("off")};
}

constexpr OptionKey kInterfaceKeys[] = {
    {.name = "disable-legacy",
     .type = OptionType::kChoice,
     .help = "no legacy interface; auto: off, but on behind a PCI Express port",
     .choices = "on|off|auto",
     .otherwise = "auto"},
    flag("disable-modern", "no VirtIO 1.0 interface", false),
};

constexpr OptionKey kSharedKeys[] = {
    {.name = "id", .help = "name of the device"},
    kBusKey,
    kAddrKey,
    kMultifunctionKey,
    {.name = "romfile",
     .help = "image of the expansion ROM, for firmware",
     .otherwise = "none; that of iPXE for network cards of a machine that starts in firmware"},
    {.name = "rombar",
     .type = OptionType::kChoice,
     .help = "the expansion ROM has a base address register; off: firmware gets it by fw_cfg",
     .choices = "on|off|1|0",
     .otherwise = "on"},
    {.name = "vectors",
     .type = OptionType::kNumber,
     .help = "MSI-X vectors; 0: INTx only",
     .max = 2048,
     .otherwise = "one more than queues"},
    flag("packed", "offer packed rings", VirtioPciOptions{}.packed),
    flag("event_idx", "offer event indices", VirtioPciOptions{}.event_idx),
    flag("indirect_desc", "offer indirect descriptors", VirtioPciOptions{}.indirect_desc),
    flag("in_order", "offer in-order use of buffers", VirtioPciOptions{}.in_order),
    flag("queue_reset", "offer the reset of single queues", VirtioPciOptions{}.queue_reset),
    flag("notification_data", "offer extra data in notifications",
         VirtioPciOptions{}.notification_data),
    flag("page-per-vq", "notify addresses a page apart", VirtioPciOptions{}.page_per_vq),
    flag("notif_config_data", "offer notification values of the device's choice",
         VirtioPciOptions{}.notif_config_data),
    {.name = "modern-pio-notify",
     .type = OptionType::kChoice,
     .help = "notification through an I/O port, before (on) or behind the one in memory; auto: on, "
             "but off behind a PCI Express port",
     .choices = "on|off|last|auto",
     .otherwise = "auto"},
    flag("iommu_platform", "addresses pass an IOMMU; the machine has none", false),
};

OnOffAuto on_off_auto(std::string_view text) {
  if (text == "auto") return OnOffAuto::kAuto;
  return text == "on" ? OnOffAuto::kOn : OnOffAuto::kOff;
}

PioNotify pio_notify(std::string_view text) {
  if (text == "auto") return PioNotify::kAuto;
  if (text == "last") return PioNotify::kLast;
  return text == "on" ? PioNotify::kFirst : PioNotify::kOff;
}

VirtioPciOptions pci_options(const ParsedOptions& parsed, std::optional<OnOffAuto> preset) {
  VirtioPciOptions pci;
  pci.disable_legacy =
      preset.value_or(parsed.has("disable-legacy") ? on_off_auto(parsed.text("disable-legacy"))
                                                   : pci.disable_legacy);
  pci.disable_modern = parsed.flag("disable-modern", pci.disable_modern);
  if (parsed.has("vectors")) pci.vectors = static_cast<unsigned>(parsed.number("vectors", 0));
  pci.modern_pio_notify = pio_notify(parsed.text("modern-pio-notify", "auto"));
  pci.page_per_vq = parsed.flag("page-per-vq", pci.page_per_vq);
  pci.packed = parsed.flag("packed", pci.packed);
  pci.event_idx = parsed.flag("event_idx", pci.event_idx);
  pci.indirect_desc = parsed.flag("indirect_desc", pci.indirect_desc);
  pci.in_order = parsed.flag("in_order", pci.in_order);
  pci.queue_reset = parsed.flag("queue_reset", pci.queue_reset);
  pci.notification_data = parsed.flag("notification_data", pci.notification_data);
  pci.notif_config_data = parsed.flag("notif_config_data", pci.notif_config_data);
  return pci;
}

}  // namespace

std::span<const OptionKey> interface_keys() { return kInterfaceKeys; }
std::span<const OptionKey> virtio_pci_keys() { return kSharedKeys; }

Result<VirtioDeviceConfig> take_virtio_pci_keys(std::string_view option,
                                                const ParsedOptions& parsed,
                                                std::optional<OnOffAuto> disable_legacy) {
  VirtioDeviceConfig device;
  device.id = parsed.text("id");
  if (parsed.has("romfile")) device.romfile = parsed.text("romfile");
  const std::string shown = parsed.text("rombar", "on");
  device.rom_bar = shown == "on" || shown == "1";
  device.pci = pci_options(parsed, disable_legacy);
  if (device.pci.disable_modern && device.pci.disable_legacy == OnOffAuto::kOn) {
    return Error{
        fmt::format("{}: disable-legacy=on and disable-modern=on leave no interface", option)};
  }
  if (parsed.flag("iommu_platform", false)) {
    return Error{
        fmt::format("{}: iommu_platform=on: the machine has no IOMMU; leave it off", option)};
  }
  auto place = take_pci_place(option, parsed);
  if (!place) return place.error();
  device.place = std::move(*place);
  if (parsed.has("bootindex")) {
    device.bootindex = static_cast<uint32_t>(parsed.number("bootindex", 0));
  }
  return device;
}

Result<void> check_queue_size(std::string_view option, std::string_view key, uint64_t size) {
  if ((size & (size - 1)) == 0) return {};
  return Error{fmt::format("{}: {}={} is no power of two", option, key, size)};
}

}  // namespace vireo
