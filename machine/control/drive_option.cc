// -drive: where a disk's bytes are.
#include <fmt/format.h>

#include <algorithm>

#include "machine/base/option_parser.h"
#include "machine/control/handlers.h"

namespace vireo {
namespace {

constexpr OptionKey kDriveKeys[] = {
    {"file", OptionType::kText, "the image: a file or a block device"},
    {"id", OptionType::kText, "a name for drive= of a -device"},
    {"if", OptionType::kText,
     "virtio (default): a disk of its own; none: a -device names it; pflash: the firmware's flash"},
    {"unit", OptionType::kNumber, "with if=pflash: 0, the firmware, or 1, its variables", {}, 0, 1},
    {"format", OptionType::kText,
     "raw, qcow2, or gzip (a raw one, packed); without it raw, unless the file looks otherwise"},
    {"readonly", OptionType::kBool, "the guest cannot write"},
    {"snapshot", OptionType::kBool, "writes are forgotten at the end"},
    {"cache", OptionType::kChoice,
     "use of the host's page cache (default writeback); unsafe ignores FLUSH",
     "writeback|none|unsafe|writethrough|directsync"},
    {"serial", OptionType::kText, "serial number that the guest sees, up to 20 bytes"},
    {"media", OptionType::kChoice, "disk, the only one", "disk"},
};

struct CacheName {
  std::string_view name;
  CacheMode mode;
};
constexpr CacheName kCacheNames[] = {
    {"writeback", CacheMode::kWriteback},   {"none", CacheMode::kNone},
    {"unsafe", CacheMode::kUnsafe},         {"writethrough", CacheMode::kWritethrough},
    {"directsync", CacheMode::kDirectsync},
};

CacheMode cache_mode(std::string_view name) {
  for (const CacheName& cache : kCacheNames) {
    if (name == cache.name) return cache.mode;
  }
  return CacheMode::kWriteback;
}

Result<void> check_drive(const ParsedOptions& parsed) {
  const std::string file = parsed.text("file");
  if (file.empty()) return Error{"-drive: file= is missing"};
  const std::string format = parsed.text("format", "raw");
  if (!disk_format(format)) {
    return Error{fmt::format(
        "-drive: format={0}: only raw, qcow2 and gzip images are read; convert it with: "
        "qemu-img convert -O qcow2 {1} NEW",
        format, file)};
  }
  const std::string interface = parsed.text("if", "virtio");
  if (interface == "pflash") return {};
  if (parsed.has("unit")) return Error{"-drive: unit= goes with if=pflash; leave it out"};
  if (interface != "virtio" && interface != "none") {
    return Error{
        fmt::format("-drive: if={}: the machine has no such controller; use if=virtio", interface)};
  }
  if (interface == "none" && parsed.text("id").empty()) {
    return Error{"-drive: if=none needs id=, for drive= of a -device"};
  }
  if (parsed.text("serial").size() > 20) {
    return Error{fmt::format("-drive: serial={} is longer than 20 bytes", parsed.text("serial"))};
  }
  return {};
}

// The unit that a flash drive asks for, or the next one.
Result<unsigned> flash_unit(const Draft& draft, const ParsedOptions& parsed) {
  const auto taken = [&draft](unsigned unit) {
    return std::any_of(draft.drives.begin(), draft.drives.end(),
                       [unit](const DriveDraft& drive) { return drive.flash_unit == unit; });
  };
  const unsigned next = taken(0) ? 1 : 0;
  const auto unit = static_cast<unsigned>(parsed.number("unit", next));
  if (!taken(unit)) return unit;
  return Error{fmt::format("-drive if=pflash: unit={} is given twice; there are units 0 and 1",
                           unit)};
}

}  // namespace

Result<void> take_drive(Draft& draft, std::string_view argument) {
  const auto parsed = parse_options("-drive", argument, kDriveKeys);
  if (!parsed) return parsed.error();
  if (parsed->help_wanted()) {
    draft.print = "-drive properties:\n" + option_keys_help(kDriveKeys);
    return {};
  }
  if (auto good = check_drive(*parsed); !good) return good;
  DriveDraft added;
  added.drive.id = parsed->text("id");
  added.drive.path = parsed->text("file");
  added.drive.format = disk_format(parsed->text("format"));
  added.drive.read_only = parsed->flag("readonly", false);
  // A packed image is not written: what the guest writes goes where it does with snapshot=on.
  const bool packed = added.drive.format == DiskFormat::kGzip;
  added.drive.snapshot = parsed->flag("snapshot", packed && !added.drive.read_only);
  added.drive.cache = cache_mode(parsed->text("cache", "writeback"));
  added.drive.serial = parsed->text("serial");
  added.makes_device = parsed->text("if", "virtio") == "virtio";
  added.snapshot_chosen = parsed->has("snapshot");
  if (parsed->text("if") == "pflash") {
    const auto unit = flash_unit(draft, *parsed);
    if (!unit) return unit.error();
    added.flash_unit = *unit;
    if (added.drive.id.empty()) added.drive.id = fmt::format("pflash{}", *unit);
  }
  draft.drives.push_back(std::move(added));
  return {};
}

}  // namespace vireo
