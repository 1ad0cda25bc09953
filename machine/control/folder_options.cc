// -fsdev and -virtfs: folders of the host for the guest to mount.
#include "machine/control/folder_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "machine/base/option_parser.h"
#include "machine/control/devices/device_row.h"
#include "machine/control/handlers.h"

namespace vireo {
namespace {

constexpr OptionKey kKind = {.name = "fsdriver",
                             .type = OptionType::kChoice,
                             .help = "local, the only one",
                             .choices = "local"};
constexpr OptionKey kPath = {.name = "path", .help = "the folder"};
constexpr OptionKey kSecurity = {
    .name = "security_model",
    .type = OptionType::kChoice,
    .help =
        "who owns what the guest makes: its users or nobody else (passthrough), or you where "
        "the host does not let you give files away (none)",
    .choices = "none|passthrough",
    .otherwise = "none"};
constexpr OptionKey kReadOnly = {.name = "readonly",
                                 .type = OptionType::kBool,
                                 .help = "the guest cannot write",
                                 .otherwise = "off"};
constexpr OptionKey kSeveralDevices = {.name = "multidevs",
                                       .type = OptionType::kChoice,
                                       .help = "inode numbers are the device's own in any case",
                                       .choices = "remap|warn"};

constexpr OptionKey kFsdevKeys[] = {
    kKind,     {.name = "id", .help = "a name for fsdev= of a -device"},
    kPath,     kSecurity,
    kReadOnly, kSeveralDevices};
constexpr OptionKey kVirtfsKeys[] = {
    kKind,
    {.name = "mount_tag", .help = "what the guest mounts it by, up to 32 bytes"},
    {.name = "id", .help = "a name for it", .otherwise = "the mount tag"},
    kPath,
    kSecurity,
    kReadOnly,
    kSeveralDevices};

Result<void> add_folder(Draft& draft, std::string_view option, const ParsedOptions& parsed,
                        const std::string& id) {
  FolderConfig added;
  added.id = id;
  added.spec.path = parsed.text("path");
  added.spec.read_only = parsed.flag("readonly", false);
  if (parsed.text("security_model") == "passthrough") {
    added.spec.security = FolderSpec::Security::kPassthrough;
  }
  if (!parsed.has("fsdriver")) return Error{fmt::format("{}: begin with local,", option)};
  if (added.spec.path.empty()) return Error{fmt::format("{}: path= is missing", option)};
  auto& folders = draft.config.folders;
  if (std::any_of(folders.begin(), folders.end(), [&](const auto& f) { return f.id == id; })) {
    return Error{fmt::format("{}: id={} is given twice; choose another", option, id)};
  }
  folders.push_back(std::move(added));
  return {};
}

}  // namespace

Result<void> take_fsdev(Draft& draft, std::string_view argument) {
  const auto parsed = parse_options("-fsdev", argument, kFsdevKeys, "fsdriver");
  if (!parsed) return parsed.error();
  if (parsed->help_wanted()) {
    draft.print = "-fsdev properties:\n" + option_keys_help(kFsdevKeys);
    return {};
  }
  const std::string id = parsed->text("id");
  if (id.empty()) return Error{"-fsdev: id= is missing; a -device names it by that"};
  return add_folder(draft, "-fsdev", *parsed, id);
}

Result<void> take_virtfs(Draft& draft, std::string_view argument) {
  const auto parsed = parse_options("-virtfs", argument, kVirtfsKeys, "fsdriver");
  if (!parsed) return parsed.error();
  if (parsed->help_wanted()) {
    draft.print = "-virtfs properties:\n" + option_keys_help(kVirtfsKeys);
    return {};
  }
  const std::string tag = parsed->text("mount_tag");
  if (auto good = check_mount_tag("-virtfs", tag); !good) return good;
  const std::string id = parsed->text("id", tag);
  if (auto added = add_folder(draft, "-virtfs", *parsed, id); !added) return added;
  VirtioDeviceConfig device;
  device.model = "virtio-9p-pci";
  device.type = P9Config{id, {tag}};
  draft.config.virtio_devices.push_back(std::move(device));
  return {};
}

Result<void> check_folders(const MachineConfig& config) {
  std::set<std::string> ids, tags;
  for (const FolderConfig& folder : config.folders) ids.insert(folder.id);
  for (const VirtioDeviceConfig& device : config.virtio_devices) {
    const auto* share = std::get_if<P9Config>(&device.type);
    if (share == nullptr) continue;
    if (ids.count(share->folder) == 0) {
      return Error{
          fmt::format("-device {0}: there is no -fsdev '{1}'; give -fsdev local,id={1},path=FOLDER",
                      device.model, share->folder)};
    }
    if (!tags.insert(share->options.mount_tag).second) {
      return Error{fmt::format("-device {}: mount_tag={} is given twice; choose another",
                               device.model, share->options.mount_tag)};
    }
  }
  return {};
}

}  // namespace vireo
