// -device virtio-9p-pci: a folder of the host.
#include <fmt/format.h>

#include "machine/control/devices/device_row.h"

namespace vireo {
namespace {

constexpr OptionKey kKeys[] = {
    {.name = "fsdev", .help = "id of the -fsdev"},
    {.name = "mount_tag", .help = "what the guest mounts it by, up to 32 bytes"},
};

Result<VirtioTypeConfig> parse(std::string_view option, const ParsedOptions& parsed) {
  P9Config share;
  share.folder = parsed.text("fsdev");
  share.options.mount_tag = parsed.text("mount_tag");
  if (share.folder.empty()) {
    return Error{fmt::format("{}: fsdev= is missing; it names the id= of a -fsdev", option)};
  }
  if (auto good = check_mount_tag(option, share.options.mount_tag); !good) return good.error();
  return VirtioTypeConfig(std::move(share));
}

}  // namespace

Result<void> check_mount_tag(std::string_view option, std::string_view tag) {
  if (tag.empty()) {
    return Error{fmt::format("{}: mount_tag= is missing; the guest mounts it by that", option)};
  }
  if (tag.size() > kMaxMountTag) {
    return Error{
        fmt::format("{}: mount_tag={} is longer than {} bytes", option, tag, kMaxMountTag)};
  }
  return {};
}

const VirtioRow kP9Row = {
    .name = "virtio-9p", .help = "folder of the host", .keys = kKeys, .parse = parse};

}  // namespace vireo
