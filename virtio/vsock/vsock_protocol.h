// The words of virtio-vsock: packet header, operations, flags (VirtIO 1.4 section 5.10.6).
#pragma once

#include <cstddef>
#include <cstdint>

#include "machine/base/vsock_host.h"
#include "virtio/features.h"

namespace vireo::virtio_vsock {

inline constexpr uint64_t kStreamFeature = feature_bit(0);
inline constexpr uint64_t kSeqpacketFeature = feature_bit(1);

inline constexpr uint64_t kHostCid = 2;

enum class Op : uint16_t {
  kInvalid = 0,
  kRequest = 1,
  kResponse = 2,
  kReset = 3,
  kShutdown = 4,
  kData = 5,
  kCreditUpdate = 6,
  kCreditRequest = 7,
};

// Of kShutdown: what the sender will no longer do.
inline constexpr uint32_t kNoReceive = 1;
inline constexpr uint32_t kNoSend = 2;
// Of kData on a sequence of messages: the last piece of one.
inline constexpr uint32_t kEndOfMessage = 1;

// In a packet the first kHeaderBytes of this.
struct Header {
  uint64_t src_cid = 0;
  uint64_t dst_cid = 0;
  uint32_t src_port = 0;
  uint32_t dst_port = 0;
  uint32_t length = 0;
  VsockType type{};
  Op op{};
  uint32_t flags = 0;
  uint32_t buf_alloc = 0;
  uint32_t fwd_cnt = 0;
};
inline constexpr size_t kHeaderBytes = 44;
static_assert(offsetof(Header, fwd_cnt) + sizeof(uint32_t) == kHeaderBytes);

// The one event there is (section 5.10.6.7): connections were lost, the guest's address may
// have changed.
inline constexpr uint32_t kTransportReset = 0;

}  // namespace vireo::virtio_vsock
