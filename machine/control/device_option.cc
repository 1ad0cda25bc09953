// -device: the functions and chips that can be added to the machine.
#include <fmt/format.h>

#include <charconv>
#include <span>
#include <vector>

#include "machine/base/nearest_name.h"
#include "machine/base/option_parser.h"
#include "machine/control/handlers.h"

namespace vireo {
namespace {

// Properties of every virtio-blk name; the first two are missing from the names
// that say legacy or modern themselves.
constexpr OptionKey kVirtioBlkKeys[] = {
    {"disable-legacy", OptionType::kChoice, "no legacy interface (auto: off)", "on|off|auto"},
    {"disable-modern", OptionType::kBool, "no VirtIO 1.0 interface"},
    {"drive", OptionType::kText, "id of the -drive"},
    {"id", OptionType::kText, "name of the device"},
    {"bus", OptionType::kChoice, "the root bus", "pcie.0|pci.0"},
    {"addr", OptionType::kText, "slot on the bus, hexadecimal: 5 or 5.0"},
    {"serial", OptionType::kText, "serial number, up to 20 bytes"},
    {"bootindex", OptionType::kNumber, "order for firmware", {}, 0, INT32_MAX},
    {"vectors", OptionType::kNumber, "MSI-X vectors; 0: INTx only", {}, 0, 2048},
    {"num-queues", OptionType::kNumber, "request queues", {}, 1, 1024},
    {"queue-size", OptionType::kNumber, "entries of a queue, a power of two", {}, 4, 1024},
    {"event_idx", OptionType::kBool, "offer event indices"},
    {"indirect_desc", OptionType::kBool, "offer indirect descriptors"},
    {"in_order", OptionType::kBool, "offer in-order use of buffers"},
    {"queue_reset", OptionType::kBool, "offer the reset of single queues"},
    {"notification_data", OptionType::kBool, "offer extra data in notifications"},
    {"page-per-vq", OptionType::kBool, "notify addresses a page apart"},
    {"modern-pio-notify", OptionType::kBool, "offer notification through an I/O port"},
    {"write-cache", OptionType::kChoice, "write-back at first (auto: by cache= of the drive)",
     "on|off|auto"},
    {"config-wce", OptionType::kBool, "the driver may switch write-back"},
    {"discard", OptionType::kBool, "offer DISCARD"},
    {"write-zeroes", OptionType::kBool, "offer WRITE_ZEROES"},
    {"logical_block_size", OptionType::kSize, "block size in bytes", {}, 512, 4096},
    {"physical_block_size", OptionType::kSize, "physical block size", {}, 512, 2097152},
    {"min_io_size", OptionType::kSize, "smallest good transfer", {}, 0, 33553920},
    {"opt_io_size", OptionType::kSize, "best transfer", {}, 0, UINT32_MAX},
};
constexpr size_t kInterfaceKeys = 2;

constexpr OptionKey kDebugExitKeys[] = {
    {"iobase", OptionType::kNumber, "port (default 0x501)", {}, 0, 0xffff},
    {"iosize", OptionType::kNumber, "number of ports (default 2)", {}, 1, 8},
    {"id", OptionType::kText, "name of the device"},
};

struct DeviceRow;
using DeviceHandler = Result<void> (*)(Draft&, const DeviceRow&, const ParsedOptions&);

struct DeviceRow {
  std::string_view name;
  std::string_view help;
  std::span<const OptionKey> keys;
  OnOffAuto disable_legacy;  // virtio: unless chosen by property
  DeviceHandler handler;
};

OnOffAuto on_off_auto(std::string_view text) {
  if (text == "auto") return OnOffAuto::kAuto;
  return text == "on" ? OnOffAuto::kOn : OnOffAuto::kOff;
}

std::optional<unsigned> parse_hex(std::string_view text) {
  if (text.substr(0, 2) == "0x") text.remove_prefix(2);
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, 16);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

// "5" or "5.0", in hexadecimal as everywhere with PCI.
Result<PciSlot> parse_slot(std::string_view option, std::string_view text) {
  const size_t dot = text.find('.');
  const auto device = parse_hex(text.substr(0, dot));
  const auto function =
      dot == std::string_view::npos ? std::optional<unsigned>(0) : parse_hex(text.substr(dot + 1));
  if (!device || !function || *device > 0x1f || *function > 7) {
    return Error{fmt::format("{}: addr={} is no slot from 1 to 1e, as in addr=5", option, text)};
  }
  if (*device == 0 || *device == 0x1f) {
    return Error{
        fmt::format("{}: addr={}: slots 0 and 1f hold the host bridge and the LPC bridge; "
                    "use 1 to 1e",
                    option, text)};
  }
  if (*function != 0) {
    return Error{
        fmt::format("{}: addr={}: a device takes a whole slot; use function 0", option, text)};
  }
  return PciSlot{static_cast<uint8_t>(*device), 0};
}

VirtioPciOptions pci_options(const DeviceRow& row, const ParsedOptions& parsed) {
  VirtioPciOptions pci;
  pci.disable_legacy = parsed.has("disable-legacy") ? on_off_auto(parsed.text("disable-legacy"))
                                                    : row.disable_legacy;
  pci.disable_modern = parsed.flag("disable-modern", pci.disable_modern);
  if (parsed.has("vectors")) pci.vectors = static_cast<unsigned>(parsed.number("vectors", 0));
  if (parsed.has("modern-pio-notify")) {
    pci.modern_pio_notify =
        parsed.flag("modern-pio-notify", true) ? PioNotify::kFirst : PioNotify::kOff;
  }
  pci.page_per_vq = parsed.flag("page-per-vq", pci.page_per_vq);
  pci.event_idx = parsed.flag("event_idx", pci.event_idx);
  pci.indirect_desc = parsed.flag("indirect_desc", pci.indirect_desc);
  pci.in_order = parsed.flag("in_order", pci.in_order);
  pci.queue_reset = parsed.flag("queue_reset", pci.queue_reset);
  pci.notification_data = parsed.flag("notification_data", pci.notification_data);
  return pci;
}

VirtioBlkOptions blk_options(const ParsedOptions& parsed) {
  VirtioBlkOptions blk;
  blk.serial = parsed.text("serial");
  blk.num_queues = static_cast<unsigned>(parsed.number("num-queues", blk.num_queues));
  blk.queue_size = static_cast<unsigned>(parsed.number("queue-size", blk.queue_size));
  blk.write_cache = parsed.text("write-cache", "on") != "off";
  blk.config_wce = parsed.flag("config-wce", blk.config_wce);
  blk.discard = parsed.flag("discard", blk.discard);
  blk.write_zeroes = parsed.flag("write-zeroes", blk.write_zeroes);
  const auto size = [&](std::string_view key, uint32_t otherwise) {
    return static_cast<uint32_t>(parsed.number(key, otherwise));
  };
  blk.logical_block_size = size("logical_block_size", blk.logical_block_size);
  blk.physical_block_size = size("physical_block_size", blk.logical_block_size);
  blk.min_io_size = size("min_io_size", blk.min_io_size);
  blk.opt_io_size = size("opt_io_size", blk.opt_io_size);
  return blk;
}

Result<void> check_virtio_blk(const std::string& option, const ParsedOptions& parsed,
                              const VirtioPciOptions& pci, const VirtioBlkOptions& blk) {
  if (parsed.text("drive").empty()) {
    return Error{option + ": drive= is missing; it names the id= of a -drive with if=none"};
  }
  if (pci.disable_modern && pci.disable_legacy == OnOffAuto::kOn) {
    return Error{option + ": disable-legacy=on and disable-modern=on leave no interface"};
  }
  if ((blk.queue_size & (blk.queue_size - 1)) != 0) {
    return Error{fmt::format("{}: queue-size={} is no power of two", option, blk.queue_size)};
  }
  if (blk.serial.size() > 20) {
    return Error{fmt::format("{}: serial={} is longer than 20 bytes", option, blk.serial)};
  }
  return {};
}

Result<void> add_virtio_blk(Draft& draft, const DeviceRow& row, const ParsedOptions& parsed) {
  VirtioBlkDraft added;
  added.option = fmt::format("-device {}", row.name);
  VirtioBlkConfig& device = added.device;
  device.id = parsed.text("id");
  device.drive = parsed.text("drive");
  device.pci = pci_options(row, parsed);
  device.blk = blk_options(parsed);
  if (auto good = check_virtio_blk(added.option, parsed, device.pci, device.blk); !good) {
    return good;
  }
  if (parsed.has("addr")) {
    const auto slot = parse_slot(added.option, parsed.text("addr"));
    if (!slot) return slot.error();
    device.address = *slot;
  }
  if (parsed.has("bootindex")) {
    device.bootindex = static_cast<uint32_t>(parsed.number("bootindex", 0));
  }
  added.write_cache_chosen = parsed.text("write-cache", "auto") != "auto";
  draft.virtio_blks.push_back(std::move(added));
  return {};
}

Result<void> add_debug_exit(Draft& draft, const DeviceRow& row, const ParsedOptions& parsed) {
  if (draft.config.debug_exit) {
    return Error{fmt::format("-device {}: given twice; one is enough", row.name)};
  }
  DebugExitConfig exit;
  exit.iobase = static_cast<uint16_t>(parsed.number("iobase", exit.iobase));
  exit.iosize = static_cast<uint16_t>(parsed.number("iosize", exit.iosize));
  draft.config.debug_exit = exit;
  return {};
}

constexpr std::span<const OptionKey> kAllBlkKeys(kVirtioBlkKeys);

constexpr DeviceRow kDevices[] = {
    {"virtio-blk-pci", "disk with the legacy and the modern virtio interface", kAllBlkKeys,
     OnOffAuto::kAuto, add_virtio_blk},
    {"virtio-blk-pci-transitional", "the same, by the name that says so",
     kAllBlkKeys.subspan(kInterfaceKeys), OnOffAuto::kOff, add_virtio_blk},
    {"virtio-blk-pci-non-transitional", "disk with the modern interface only",
     kAllBlkKeys.subspan(kInterfaceKeys), OnOffAuto::kOn, add_virtio_blk},
    {"virtio-blk", "short for virtio-blk-pci", kAllBlkKeys, OnOffAuto::kAuto, add_virtio_blk},
    {"isa-debug-exit", "a write of v to its port ends the run with exit code (v << 1) | 1",
     kDebugExitKeys, OnOffAuto::kAuto, add_debug_exit},
};

std::string devices_help() {
  std::string text = "Devices (properties: -device NAME,help):\n";
  for (const DeviceRow& row : kDevices) text += fmt::format("  {:<32} {}\n", row.name, row.help);
  return text;
}

Result<void> unknown_device(std::string_view name) {
  std::vector<std::string_view> names;
  for (const DeviceRow& row : kDevices) names.push_back(row.name);
  return Error{fmt::format("-device: unknown device '{}'; the nearest is '{}' (list: -device help)",
                           name, nearest_name(name, names))};
}

}  // namespace

Result<void> take_device(Draft& draft, std::string_view argument) {
  const size_t comma = argument.find(',');
  const std::string_view name = argument.substr(0, comma);
  if (name == "help" || name == "?") {
    draft.print = devices_help();
    return {};
  }
  for (const DeviceRow& row : kDevices) {
    if (row.name != name) continue;
    const std::string_view rest =
        comma == std::string_view::npos ? std::string_view{} : argument.substr(comma + 1);
    const auto parsed = parse_options(fmt::format("-device {}", name), rest, row.keys);
    if (!parsed) return parsed.error();
    if (!parsed->help_wanted()) return row.handler(draft, row, *parsed);
    draft.print = fmt::format("{} properties:\n{}", name, option_keys_help(row.keys));
    return {};
  }
  return unknown_device(name);
}

}  // namespace vireo
