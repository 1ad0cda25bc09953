// -device virtio-blk-pci: a disk.
#include <fmt/format.h>

#include "machine/control/devices/device_row.h"
#include "machine/control/devices/virtio_pci_keys.h"

namespace vireo {
namespace {

constexpr OptionKey kKeys[] = {
    kBootindexKey,
    {.name = "drive", .help = "id of the -drive"},
    {.name = "serial", .help = "serial number, up to 20 bytes", .otherwise = "the drive's"},
    {.name = "num-queues",
     .type = OptionType::kNumber,
     .help = "request queues",
     .min = 1,
     .max = 1024,
     .otherwise = "one for each vCPU"},
    {.name = "queue-size",
     .type = OptionType::kNumber,
     .help = "entries of a queue, a power of two",
     .min = 4,
     .max = 1024,
     .otherwise = "256"},
    {.name = "write-cache",
     .type = OptionType::kChoice,
     .help = "write-back at first; auto: by cache= of the drive",
     .choices = "on|off|auto",
     .otherwise = "auto"},
    {.name = "config-wce",
     .type = OptionType::kBool,
     .help = "the driver may switch write-back",
     .otherwise = "on"},
    {.name = "discard", .type = OptionType::kBool, .help = "offer DISCARD", .otherwise = "on"},
    {.name = "write-zeroes",
     .type = OptionType::kBool,
     .help = "offer WRITE_ZEROES",
     .otherwise = "on"},
    {.name = "logical_block_size",
     .type = OptionType::kSize,
     .help = "block size in bytes",
     .min = 512,
     .max = 4096,
     .otherwise = "512"},
    {.name = "physical_block_size",
     .type = OptionType::kSize,
     .help = "physical block size",
     .min = 512,
     .max = 2097152,
     .otherwise = "the logical one"},
    {.name = "min_io_size",
     .type = OptionType::kSize,
     .help = "smallest good transfer",
     .max = 33553920,
     .otherwise = "0"},
    {.name = "opt_io_size",
     .type = OptionType::kSize,
     .help = "best transfer",
     .max = UINT32_MAX,
     .otherwise = "0"},
};

VirtioBlkOptions options_of(const ParsedOptions& parsed) {
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

Result<VirtioTypeConfig> parse(std::string_view option, const ParsedOptions& parsed) {
  BlkConfig disk;
  disk.drive = parsed.text("drive");
  disk.options = options_of(parsed);
  disk.num_queues_chosen = parsed.has("num-queues");
  disk.write_cache_chosen = parsed.text("write-cache", "auto") != "auto";
  if (disk.drive.empty()) {
    return Error{
        fmt::format("{}: drive= is missing; it names the id= of a -drive with if=none", option)};
  }
  auto good = check_queue_size(option, "queue-size", disk.options.queue_size);
  if (!good) return good.error();
  if (disk.options.serial.size() > 20) {
    return Error{fmt::format("{}: serial={} is longer than 20 bytes", option, disk.options.serial)};
  }
  return VirtioTypeConfig(std::move(disk));
}

}  // namespace

const VirtioRow kBlkRow = {.name = "virtio-blk", .help = "disk", .keys = kKeys, .parse = parse};

}  // namespace vireo
