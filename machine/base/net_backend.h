// Where a network card's frames go and come from: a user-mode network, a tap, a socket, a
// test's list.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace vireo {

// An Ethernet frame here is everything from the destination address to the end of the
// payload, without the frame check sequence.
inline constexpr uint32_t kEthernetHeader = 14;
// The largest a frame can get: an IPv6 packet of 65535 bytes of payload, with a VLAN tag.
// Such frames are what segmentation offload is about; on a wire they are never seen.
inline constexpr uint32_t kLargestFrame = kEthernetHeader + 4 + 40 + 65535;

// Work that the sender of a frame left to whoever handles it next. Offsets count from the
// start of the frame.
struct FrameOffload {
  enum class Segments : uint8_t { kNone, kTcp4, kTcp6 };

  // The sum over what begins at checksum_start is still to be stored, at checksum_start +
  // checksum_offset, which holds the sum of the pseudo header.
  bool needs_checksum = false;
  // Somebody trustworthy says that the checksums are right.
  bool checksum_valid = false;
  Segments segments = Segments::kNone;
  bool ecn = false;  // of several segments only the first carries CWR
  uint16_t checksum_start = 0;
  uint16_t checksum_offset = 0;
  uint16_t header_length = 0;  // of each segment, up to the TCP payload
  uint16_t segment_size = 0;   // bytes of TCP payload of all segments but the last
};

struct NetFrame {
  std::span<const std::byte> bytes;
  FrameOffload offload;
};

// Frames out go at once. Frames in wait here until the machine asks, which it does at its
// poll points only, so that what a guest sees depends on nothing but virtual time and what
// came. Both directions are bounded; what does not fit is dropped, as on a wire.
class NetBackend {
 public:
  virtual ~NetBackend() = default;

  // Whether frames may be sent now. When not, the card keeps them and asks again after
  // the next poll.
  virtual bool ready() const { return true; }
  // Takes a frame or drops it. Its bytes are the caller's again afterwards. Without
  // takes_offloads() it is whole: checksummed, and at most max_frame() bytes long.
  virtual void send(const NetFrame& frame) = 0;
  virtual bool takes_offloads() const { return false; }
  // Longest frame that send() takes. A TCP segment of any length within it need not be
  // cut to the size that the guest asked for.
  virtual uint32_t max_frame() const { return 9216; }

  // Looks outside, without blocking.
  virtual void poll() {}
  // The next frame that came, or nothing. Valid until the next call of any function.
  virtual std::optional<NetFrame> receive() = 0;

  // Pushes out what is on its way: before a sleep and at the end of a run.
  virtual void flush() {}

  // What messages call it, usually the kind and the id of its -netdev.
  virtual std::string description() const = 0;
};

}  // namespace vireo
