#include "virtio/net/net_header.h"

namespace vireo {

using namespace virtio_net;
using Segments = FrameOffload::Segments;

std::optional<FrameOffload> offload_of(const Header& header, uint64_t frame_bytes) {
  FrameOffload offload;
  const uint8_t kind = header.gso_type & static_cast<uint8_t>(~kGsoEcn);
  if (kind != kGsoNone) {
    if ((kind != kGsoTcp4 && kind != kGsoTcp6) || header.gso_size == 0) return std::nullopt;
    offload.segments = kind == kGsoTcp4 ? Segments::kTcp4 : Segments::kTcp6;
    offload.ecn = (header.gso_type & kGsoEcn) != 0;
    offload.segment_size = header.gso_size;
    offload.header_length = header.hdr_len;
  }
  if (header.flags & kFlagNeedsCsum) {
    if (uint64_t{header.csum_start} + header.csum_offset + 2 > frame_bytes) return std::nullopt;
    offload.needs_checksum = true;
    offload.checksum_start = header.csum_start;
    offload.checksum_offset = header.csum_offset;
  }
  return offload;
}

Header header_of(const FrameOffload& offload, uint16_t buffers) {
  Header header{};
  header.num_buffers = buffers;
  if (offload.needs_checksum) {
    header.flags = kFlagNeedsCsum;
    header.csum_start = offload.checksum_start;
    header.csum_offset = offload.checksum_offset;
  } else if (offload.checksum_valid) {
    header.flags = kFlagDataValid;
  }
  if (offload.segments == Segments::kNone) return header;
  header.gso_type = offload.segments == Segments::kTcp4 ? kGsoTcp4 : kGsoTcp6;
  if (offload.ecn) header.gso_type |= kGsoEcn;
  header.hdr_len = offload.header_length;
  header.gso_size = offload.segment_size;
  return header;
}

}  // namespace vireo
