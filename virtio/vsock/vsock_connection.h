// One connection between a guest's socket and one on the host (VirtIO 1.4 section 5.10.6).
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "machine/base/vsock_host.h"
#include "virtio/queue/chain_io.h"
#include "virtio/vsock/vsock_protocol.h"

namespace vireo {

// Two buffers of fixed size, one for each direction. What comes from the guest is told by
// credit never to exceed its buffer; what comes from the host is taken only while the other
// has room. Knows no queue.
class VsockConnection {
 public:
  // Bytes that the guest may have under way to the host: our buf_alloc.
  static constexpr uint32_t kBufferBytes = 64 << 10;
  // Messages that wait for the host, however short.
  static constexpr size_t kMaxMessages = 1024;

  // Guest port first.
  struct Ports {
    uint32_t guest = 0;
    uint32_t host = 0;
    auto operator<=>(const Ports&) const = default;
  };

  // `called_by_guest`: the answer to its request is the first packet; otherwise the request.
  VsockConnection(Ports ports, VsockType type, std::unique_ptr<VsockEnd> end, bool called_by_guest);

  const Ports& ports() const { return ports_; }
  VsockType type() const { return type_; }

  // What is to become of the connection.
  enum class Fate : uint8_t {
    kStays,
    kReset,  // over, and the guest must be told
    kGone,   // over, as the guest knows
  };
  // A packet of the guest; `data` holds header.length bytes at least.
  Fate take(const virtio_vsock::Header& header, ChainReader& data);

  // Moves bytes to and from the host. At poll points only, as what it finds comes from
  // outside. True when anything came.
  bool poll();
  // Whether nothing is left to do after both sides said that they are done.
  bool finished() const;

  // Whether a packet for the guest waits.
  bool has_packet() const;
  // That packet, with at most `room` bytes of data, which are moved to `data`. The header
  // lacks the guest's address.
  virtio_vsock::Header next_packet(uint32_t room, std::vector<std::byte>& data);

 private:
  Fate take_data(const virtio_vsock::Header& header, ChainReader& data);
  void take_shutdown(uint32_t flags);
  void push_to_host();
  bool pull_from_host();
  void tell_if_host_left();
  uint32_t credit() const;
  virtio_vsock::Op next_op() const;
  void mark(virtio_vsock::Op op) { to_tell_ |= 1u << static_cast<unsigned>(op); }
  bool marked(virtio_vsock::Op op) const { return to_tell_ >> static_cast<unsigned>(op) & 1; }

  Ports ports_;
  VsockType type_;
  std::unique_ptr<VsockEnd> end_;
  bool established_;
  uint32_t to_tell_ = 0;       // a bit for each Op that waits to be sent
  uint32_t guest_closed_ = 0;  // kNoReceive, kNoSend
  uint32_t host_closed_ = 0;
  bool end_written_ = false;  // the host knows kNoSend

  // To the host. For messages, the lengths of the whole ones.
  std::vector<std::byte> outgoing_;
  std::deque<size_t> messages_;
  size_t unfinished_ = 0;  // bytes of the last message, which is not whole yet
  uint32_t forwarded_ = 0;
  uint32_t forwarded_told_ = 0;

  // To the guest. For messages, one at a time.
  std::vector<std::byte> incoming_;
  bool message_waits_ = false;
  uint32_t sent_ = 0;
  uint32_t guest_buffer_ = 0;
  uint32_t guest_forwarded_ = 0;
  bool credit_asked_ = false;
};

}  // namespace vireo
