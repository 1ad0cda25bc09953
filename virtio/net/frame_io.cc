#include "virtio/net/frame_io.h"

#include <algorithm>

#include "virtio/net/checksum.h"
#include "virtio/net/net_header.h"
#include "virtio/net/segmentation.h"
#include "virtio/queue/chain_io.h"

namespace vireo {

using virtio_net::Header;
using Segments = FrameOffload::Segments;

namespace {

// Chains taken for one frame, not yet answered.
class Room {
 public:
  explicit Room(Virtqueue& queue) : queue_(queue) {}

  bool add() {
    auto chain = queue_.pop();
    if (!chain) return false;
    bytes_ += chain->writable_bytes();
    chains_.push_back(std::move(*chain));
    return true;
  }
  void give_back() {
    for (auto chain = chains_.rbegin(); chain != chains_.rend(); ++chain) queue_.unpop(*chain);
  }
  uint64_t bytes() const { return bytes_; }
  const std::vector<DescriptorChain>& chains() const { return chains_; }

 private:
  Virtqueue& queue_;
  std::vector<DescriptorChain> chains_;
  uint64_t bytes_ = 0;
};

// Moves as much of `source` as the chain has room for.
void fill(ChainWriter& writer, std::span<const std::byte>& source) {
  const size_t count = std::min<size_t>(writer.remaining(), source.size());
  writer.write(source.first(count));
  source = source.subspan(count);
}

void answer(Virtqueue& queue, GuestMemory& memory, const Room& room,
            std::span<const std::byte> header, std::span<const std::byte> frame) {
  for (const DescriptorChain& chain : room.chains()) {
    ChainWriter writer(memory, chain);
    fill(writer, header);
    fill(writer, frame);
    queue.push(chain, writer.written());
  }
}

}  // namespace

FrameFit store_frame(Virtqueue& queue, GuestMemory& memory, const WaitingFrame& frame,
                     uint64_t features) {
  const uint32_t header_bytes = virtio_net::header_bytes(features);
  const uint64_t needed = uint64_t{header_bytes} + frame.bytes.size();
  const bool mergeable = (features & virtio_net::kMrgRxbuf) != 0;
  Room room(queue);
  while (room.bytes() < needed) {
    if (room.add()) {
      if (mergeable || room.bytes() >= needed) continue;
      room.give_back();
      return FrameFit::kTooLarge;
    }
    // Asked while the chains are taken, so that the kick is for one more than those.
    if (queue.request_kicks()) continue;
    room.give_back();
    return FrameFit::kNoRoom;
  }
  const Header header = header_of(frame.offload, static_cast<uint16_t>(room.chains().size()));
  answer(queue, memory, room, std::as_bytes(std::span(&header, 1)).first(header_bytes),
         frame.bytes);
  return FrameFit::kStored;
}

std::optional<FrameReader::Taken> FrameReader::take(const GuestMemory& memory,
                                                    const DescriptorChain& chain,
                                                    uint64_t features) {
  ChainReader reader(memory, chain);
  Header header{};
  const auto header_part = std::as_writable_bytes(std::span(&header, 1));
  if (!reader.read(header_part.first(virtio_net::header_bytes(features)))) return std::nullopt;
  const uint32_t length = reader.remaining();
  if (length < kEthernetHeader || length > kLargestFrame) return std::nullopt;
  const auto offload = offload_of(header, length);
  if (!offload || !reader.read(std::span(bytes_).first(length))) return std::nullopt;
  return Taken{std::span(bytes_).first(length), *offload};
}

size_t FrameSender::send(std::span<std::byte> bytes, const FrameOffload& offload) {
  if (backend_.takes_offloads()) {
    backend_.send({bytes, offload});
    return 1;
  }
  if (offload.segments != Segments::kNone && bytes.size() > backend_.max_frame()) {
    return send_segments(bytes, offload);
  }
  if (bytes.size() > backend_.max_frame()) return 0;
  if (offload.needs_checksum &&
      !complete_checksum(bytes, offload.checksum_start, offload.checksum_offset)) {
    return 0;
  }
  backend_.send({bytes, {}});
  return 1;
}

size_t FrameSender::send_segments(std::span<const std::byte> bytes, const FrameOffload& offload) {
  return segment_tcp(bytes, offload, segment_, [this](std::span<const std::byte> segment) {
    if (segment.size() <= backend_.max_frame()) backend_.send({segment, {}});
  });
}

}  // namespace vireo
