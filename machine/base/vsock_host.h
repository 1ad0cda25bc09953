// The host's side of virtio sockets: who listens there, and who calls the guest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace vireo {

// VirtIO 1.4 section 5.10.6: bytes in order, or messages with their boundaries.
enum class VsockType : uint16_t { kStream = 1, kSeqpacket = 2 };

// The far end of one connection. No call blocks.
class VsockEnd {
 public:
  virtual ~VsockEnd() = default;

  // A stream: what waits, at most all of `out`, and how many bytes were taken. A sequence of
  // messages: the next whole one, cut where `out` ends. Nothing when none waits.
  virtual std::optional<size_t> read(std::span<std::byte> out) = 0;
  // How much was taken: for messages, all or nothing.
  virtual std::optional<size_t> write(std::span<const std::byte> bytes) = 0;

  // Nothing more will come; all was read.
  virtual bool ended() const = 0;
  // Nothing more will be taken.
  virtual bool broken() const = 0;
  // The guest has no more to send; what was written arrives first.
  virtual void end_writing() = 0;
  // The guest took the call, which has this number on the host's side.
  virtual void established(uint32_t host_port) = 0;
};

class VsockHost {
 public:
  struct Call {
    std::unique_ptr<VsockEnd> end;
    VsockType type = VsockType::kStream;
    uint32_t guest_port = 0;
  };

  virtual ~VsockHost() = default;
  // The guest calls a port of the host; null when nobody listens there.
  virtual std::unique_ptr<VsockEnd> connect(uint32_t host_port, VsockType type) = 0;
  // The next one who calls the guest, if anybody waits. At poll points only.
  virtual std::optional<Call> accept() = 0;
};

}  // namespace vireo
