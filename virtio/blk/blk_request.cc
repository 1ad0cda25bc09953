#include "virtio/blk/blk_request.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "machine/base/trace_event.h"
#include "virtio/blk/blk_device.h"

namespace vireo {
namespace {

using namespace virtio_blk;

// Requests are split by where they put their bytes: `in_` is what the driver sends after
// the header, `out_` the room for data in front of the status byte.
class Request {
 public:
  Request(const BlkContext& context, ChainReader& in, ChainWriter& out)
      : context_(context), in_(in), out_(out) {}

  RequestStatus run(const RequestHeader& header) {
    const uint32_t type = context_.legacy ? header.type & ~kLegacyBarrier : header.type;
    switch (static_cast<RequestType>(type)) {
      case RequestType::kIn:
        return read(header.sector);
      case RequestType::kOut:
        return write(header.sector);
      case RequestType::kFlush:
        return flush();
      case RequestType::kFlushOut:
        return context_.legacy ? flush() : RequestStatus::kUnsupported;
      case RequestType::kScsiCmd:
      case RequestType::kScsiCmdOut:
        return scsi();
      case RequestType::kGetId:
        return get_id();
      case RequestType::kDiscard:
        return zero_segments(kDiscard, VirtioBlk::kMaxDiscardSegments,
                             VirtioBlk::kMaxDiscardSectors);
      case RequestType::kWriteZeroes:
        return zero_segments(kWriteZeroes, VirtioBlk::kMaxWriteZeroesSegments,
                             VirtioBlk::kMaxWriteZeroesSectors);
    }
    return RequestStatus::kUnsupported;
  }

  uint64_t work() const { return work_; }

 private:
  RequestStatus read(uint64_t sector) {
    ++context_.counters.reads;
    const uint32_t length = out_.remaining();
    if (!data_in_range(sector, length)) return RequestStatus::kIoError;
    uint64_t offset = sector * kSectorSize;
    while (out_.remaining() > 0) {
      const auto chunk = next_chunk(out_.remaining());
      if (!check(context_.backend.read(offset, chunk)) || !out_.write(chunk)) {
        return RequestStatus::kIoError;
      }
      offset += chunk.size();
      context_.counters.read_bytes += chunk.size();
    }
    return RequestStatus::kOk;
  }

  RequestStatus write(uint64_t sector) {
    ++context_.counters.writes;
    if (context_.backend.read_only() || !data_in_range(sector, in_.remaining())) {
      return RequestStatus::kIoError;
    }
    uint64_t offset = sector * kSectorSize;
    while (in_.remaining() > 0) {
      const auto chunk = next_chunk(in_.remaining());
      if (!in_.read(chunk) || !check(context_.backend.write(offset, chunk))) {
        return RequestStatus::kIoError;
      }
      offset += chunk.size();
      context_.counters.written_bytes += chunk.size();
    }
    return settle();
  }

  RequestStatus flush() {
    ++context_.counters.flushes;
    return check(context_.backend.flush()) ? RequestStatus::kOk : RequestStatus::kIoError;
  }

  // What completes a write: with a volatile cache nothing more, else a flush.
  RequestStatus settle() { return context_.writeback ? RequestStatus::kOk : flush(); }

  RequestStatus get_id() {
    std::array<char, kIdBytes> id{};
    std::memcpy(id.data(), context_.serial.data(), std::min(context_.serial.size(), id.size()));
    const size_t room = std::min<size_t>(id.size(), out_.remaining());
    const bool written = out_.write(std::as_bytes(std::span(id)).first(room));
    return written ? RequestStatus::kOk : RequestStatus::kIoError;
  }

  // Never supported; a legacy driver still looks at the error count behind its sense data.
  RequestStatus scsi() {
    if (context_.legacy && out_.remaining() >= sizeof(LegacyScsiTail)) {
      out_.take(out_.remaining() - sizeof(LegacyScsiTail));
      // A writer of its own: used.len counts from the first byte, which stays unwritten.
      out_.take(sizeof(LegacyScsiTail)).write(LegacyScsiTail{kScsiErrors, 0, 0, 0});
    }
    return RequestStatus::kUnsupported;
  }

  RequestStatus zero_segments(uint64_t feature, size_t max_segments, uint32_t max_sectors) {
    if (context_.backend.read_only()) return RequestStatus::kIoError;
    if (!(context_.features & feature)) return RequestStatus::kUnsupported;
    std::array<DiscardSegment, VirtioBlk::kMaxDiscardSegments> storage;
    const uint32_t bytes = in_.remaining();
    if (bytes == 0 || bytes % sizeof(DiscardSegment) != 0 ||
        bytes / sizeof(DiscardSegment) > max_segments) {
      return RequestStatus::kIoError;
    }
    const auto segments = std::span(storage).first(bytes / sizeof(DiscardSegment));
    if (!in_.read(std::as_writable_bytes(segments))) return RequestStatus::kIoError;
    const uint32_t known_flags = feature == kWriteZeroes ? kSegmentUnmap : 0;
    for (const DiscardSegment& segment : segments) {
      if (segment.flags & ~known_flags) return RequestStatus::kUnsupported;
    }
    for (const DiscardSegment& segment : segments) {
      if (segment.sectors > max_sectors || !in_range(segment.sector, segment.sectors)) {
        return RequestStatus::kIoError;
      }
    }
    return feature == kWriteZeroes ? write_zeroes(segments) : discard(segments);
  }

  RequestStatus discard(std::span<const DiscardSegment> segments) {
    for (const DiscardSegment& segment : segments) {
      const uint64_t length = uint64_t{segment.sectors} * kSectorSize;
      if (!check(context_.backend.discard(segment.sector * kSectorSize, length))) {
        return RequestStatus::kIoError;
      }
      work_ += length;
    }
    return RequestStatus::kOk;
  }

  RequestStatus write_zeroes(std::span<const DiscardSegment> segments) {
    for (const DiscardSegment& segment : segments) {
      const uint64_t length = uint64_t{segment.sectors} * kSectorSize;
      if (!check(context_.backend.write_zeroes(segment.sector * kSectorSize, length,
                                               (segment.flags & kSegmentUnmap) != 0))) {
        return RequestStatus::kIoError;
      }
      work_ += length;
    }
    return settle();
  }

  bool in_range(uint64_t sector, uint64_t sectors) const {
    const uint64_t capacity = context_.backend.size() / kSectorSize;
    return sector <= capacity && sectors <= capacity - sector;
  }

  bool data_in_range(uint64_t sector, uint32_t length) const {
    return length % kSectorSize == 0 && length <= VirtioBlk::kMaxRequestBytes &&
           in_range(sector, length / kSectorSize);
  }

  std::span<std::byte> next_chunk(uint32_t remaining) {
    const auto chunk = context_.bounce.first(std::min<size_t>(remaining, context_.bounce.size()));
    work_ += chunk.size();
    return chunk;
  }

  bool check(const Result<void>& result) {
    if (!result) {
      Log::print(LogItem::kBlock, "{}: {}", context_.backend.description(),
                 result.error().message);
    }
    return result.ok();
  }

  const BlkContext& context_;
  ChainReader& in_;
  ChainWriter& out_;
  uint64_t work_ = 0;
};

}  // namespace

BlkOutcome run_blk_request(const BlkContext& context, const DescriptorChain& chain) {
  ChainReader in(context.memory, chain);
  ChainWriter status_byte(context.memory, chain);
  if (status_byte.remaining() == 0) return {};
  ChainWriter out = status_byte.take(status_byte.remaining() - 1);

  Request request(context, in, out);
  const auto header = in.read<RequestHeader>();
  const RequestStatus status = header ? request.run(*header) : RequestStatus::kIoError;
  if (status == RequestStatus::kIoError) ++context.counters.errors;
  status_byte.write(status);
  if (header && TraceEvents::on(LogItem::kBlock)) {
    TraceEvents::tell(LogItem::kBlock, "block_request",
                      {TraceField::word("disk", context.backend.description()),
                       TraceField::count("type", header->type),
                       TraceField::count("sector", header->sector),
                       TraceField::count("from_guest", chain.readable_bytes()),
                       TraceField::count("to_guest", chain.writable_bytes()),
                       TraceField::count("status", static_cast<uint64_t>(status))});
  }
  return {out.written() + status_byte.written(), request.work()};
}

}  // namespace vireo
