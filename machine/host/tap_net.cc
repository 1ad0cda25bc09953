#include "machine/host/tap_net.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace vireo {
namespace {

using Segments = FrameOffload::Segments;

// What stands in front of each frame with IFF_VNET_HDR: virtio-net's own header in the
// host's byte order (VirtIO 1.4 section 5.1.9). The kernel's <linux/virtio_net.h> is C only.
struct TapHeader {
  uint8_t flags;
  uint8_t gso_type;
  uint16_t hdr_len;
  uint16_t gso_size;
  uint16_t csum_start;
  uint16_t csum_offset;
};
static_assert(sizeof(TapHeader) == 10);
constexpr uint8_t kNeedsCsum = 1, kDataValid = 2;
constexpr uint8_t kTcp4 = 1, kTcp6 = 4, kEcn = 0x80;

TapHeader to_header(const FrameOffload& offload) {
  TapHeader header{};
  if (offload.needs_checksum) {
    header.flags = kNeedsCsum;
    header.csum_start = offload.checksum_start;
    header.csum_offset = offload.checksum_offset;
  }
  if (offload.segments == Segments::kNone) return header;
  header.gso_type = offload.segments == Segments::kTcp4 ? kTcp4 : kTcp6;
  if (offload.ecn) header.gso_type |= kEcn;
  header.gso_size = offload.segment_size;
  header.hdr_len = offload.header_length;
  return header;
}

FrameOffload from_header(const TapHeader& header) {
  FrameOffload offload;
  offload.needs_checksum = (header.flags & kNeedsCsum) != 0;
  offload.checksum_valid = (header.flags & kDataValid) != 0;
  offload.checksum_start = header.csum_start;
  offload.checksum_offset = header.csum_offset;
  const int kind = header.gso_type & ~kEcn;
  if (kind == kTcp4) offload.segments = Segments::kTcp4;
  if (kind == kTcp6) offload.segments = Segments::kTcp6;
  offload.ecn = (header.gso_type & kEcn) != 0;
  offload.segment_size = header.gso_size;
  offload.header_length = header.hdr_len;
  return offload;
}

Error tap_error(const std::string& name, const char* action, const std::string& interface) {
  return Error{
      fmt::format("{}: cannot {} the interface '{}': {}; make it beforehand: ip tuntap add {} "
                  "mode tap user $USER",
                  name, action, interface, std::strerror(errno), interface)};
}

}  // namespace

TapNet::TapNet(SourceSet& set, std::string name, UniqueFd fd)
    : HostSource(set),
      name_(std::move(name)),
      fd_(std::move(fd)),
      buffer_(sizeof(TapHeader) + kLargestFrame) {}

Result<std::unique_ptr<NetBackend>> TapNet::open(SourceSet& set, const std::string& name,
                                                 const TapSpec& spec) {
  ifreq request{};
  if (spec.interface.empty() || spec.interface.size() >= sizeof request.ifr_name) {
    return Error{fmt::format("{}: ifname={} is no name of an interface, of 1 to {} letters", name,
                             spec.interface, sizeof request.ifr_name - 1)};
  }
  UniqueFd fd(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) return tap_error(name, "open /dev/net/tun for", spec.interface);
  std::memcpy(request.ifr_name, spec.interface.data(), spec.interface.size());
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  if (::ioctl(fd.get(), TUNSETIFF, &request) != 0) {
    return tap_error(name, "take", spec.interface);
  }
  const unsigned offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
  if (::ioctl(fd.get(), TUNSETOFFLOAD, offloads) != 0) {
    return tap_error(name, "set the offloads of", spec.interface);
  }
  return std::unique_ptr<NetBackend>(new TapNet(set, name, std::move(fd)));
}

// A full or downed interface loses the frame, as a wire does.
void TapNet::send(const NetFrame& frame) {
  TapHeader header = to_header(frame.offload);
  const iovec parts[] = {{&header, sizeof header},
                         {const_cast<std::byte*>(frame.bytes.data()), frame.bytes.size()}};
  while (::writev(fd_.get(), parts, 2) < 0 && errno == EINTR) {
  }
}

void TapNet::poll() {
  while (!queue_.has_enough()) {
    const ssize_t got = ::read(fd_.get(), buffer_.data(), buffer_.size());
    if (got < static_cast<ssize_t>(sizeof(TapHeader))) return;
    TapHeader header;
    std::memcpy(&header, buffer_.data(), sizeof header);
    const auto frame = std::span(buffer_).first(static_cast<size_t>(got)).subspan(sizeof header);
    queue_.push(frame, from_header(header));
  }
}

}  // namespace vireo
