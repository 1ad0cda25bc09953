// What a user may choose about a virtio-vsock device.
#pragma once

#include <cstdint>

namespace vireo {

struct VirtioVsockOptions {
  // guest-cid=: the guest's address, from 3 to 2^32 - 2; the others are reserved (VirtIO 1.4
  // section 5.10.4).
  static constexpr uint64_t kFirstCid = 3;
  static constexpr uint64_t kLastCid = UINT32_MAX - 1;

  uint64_t guest_cid = kFirstCid;
  bool seqpacket = true;  // seqpacket=: offer SEQPACKET as well
  bool operator==(const VirtioVsockOptions&) const = default;
};

}  // namespace vireo
