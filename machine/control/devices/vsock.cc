// -device virtio-vsock-pci: sockets between guest and host.
#include <fmt/format.h>

#include "machine/control/devices/device_row.h"

namespace vireo {
namespace {

constexpr OptionKey kKeys[] = {
    {.name = "guest-cid",
     .type = OptionType::kNumber,
     .help = "the guest's address",
     .min = VirtioVsockOptions::kFirstCid,
     .max = VirtioVsockOptions::kLastCid},
    {.name = "path",
     .help = "unix socket for calls to the guest; its calls to port P go to PATH_P"},
    {.name = "seqpacket",
     .type = OptionType::kBool,
     .help = "offer sockets of messages as well",
     .otherwise = "on"},
};

Result<VirtioTypeConfig> parse(std::string_view option, const ParsedOptions& parsed) {
  if (!parsed.has("guest-cid")) {
    return Error{fmt::format("{}: guest-cid= is missing; 3 is the first that is free", option)};
  }
  VsockConfig vsock;
  vsock.path = parsed.text("path");
  if (vsock.path.empty()) {
    return Error{fmt::format("{}: path= is missing; it names a unix socket to be made", option)};
  }
  vsock.options.guest_cid = parsed.number("guest-cid", vsock.options.guest_cid);
  vsock.options.seqpacket = parsed.flag("seqpacket", vsock.options.seqpacket);
  return VirtioTypeConfig(std::move(vsock));
}

}  // namespace

const VirtioRow kVsockRow = {.name = "virtio-vsock",
                             .help = "sockets between guest and host",
                             .keys = kKeys,
                             .has_transitional_form = false,
                             .parse = parse};

}  // namespace vireo
