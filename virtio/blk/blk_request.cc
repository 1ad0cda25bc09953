#include "virtio/blk/blk_request.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "virtio/blk/blk_device.h"

namespace vireo {
namespace {

using namespace virtio_blk;

constexpr uint32_t kMostSegments =
    std::max(VirtioBlk::kMaxDiscardSegments, VirtioBlk::kMaxWriteZeroesSegments);

// Fills in what the header and the data behind it say.
class RequestReader {
 public:
  RequestReader(const BlkTerms& terms, ChainReader& in, BlkRequest& request)
      : terms_(terms), in_(in), request_(request) {}

  RequestStatus read() {
    const RequestHeader& header = request_.header;
    const uint32_t type = terms_.legacy ? header.type & ~kLegacyBarrier : header.type;
    switch (static_cast<RequestType>(type)) {
      case RequestType::kIn:
        return transfer(BlkAction::kRead, request_.chain.writable_bytes() - 1);
      case RequestType::kOut:
        return write();
      case RequestType::kFlush:
        return flush();
      case RequestType::kFlushOut:
        return terms_.legacy ? flush() : RequestStatus::kUnsupported;
      case RequestType::kScsiCmd:
      case RequestType::kScsiCmdOut:
        request_.action = terms_.legacy ? BlkAction::kScsi : BlkAction::kNone;
        return RequestStatus::kUnsupported;
      case RequestType::kGetId:
        request_.action = BlkAction::kGetId;
        return RequestStatus::kOk;
      case RequestType::kDiscard:
        return segments(kDiscard, VirtioBlk::kMaxDiscardSegments, VirtioBlk::kMaxDiscardSectors);
      case RequestType::kWriteZeroes:
        return segments(kWriteZeroes, VirtioBlk::kMaxWriteZeroesSegments,
                        VirtioBlk::kMaxWriteZeroesSectors);
    }
    return RequestStatus::kUnsupported;
  }

 private:
  RequestStatus transfer(BlkAction action, uint32_t length) {
    request_.action = action;
    const uint64_t sector = request_.header.sector;
    if (length % kSectorSize != 0 || length > VirtioBlk::kMaxRequestBytes ||
        !in_range(sector, length / kSectorSize)) {
      return RequestStatus::kIoError;
    }
    request_.ranges.push_back({sector * kSectorSize, length});
    return RequestStatus::kOk;
  }

  RequestStatus write() {
    request_.lasts = !terms_.writeback;
    const RequestStatus status = transfer(BlkAction::kWrite, in_.remaining());
    return terms_.read_only ? RequestStatus::kIoError : status;
  }

  RequestStatus flush() {
    request_.action = BlkAction::kFlush;
    request_.lasts = true;
    return RequestStatus::kOk;
  }

  RequestStatus segments(uint64_t feature, size_t most, uint32_t max_sectors) {
    if (terms_.read_only) return RequestStatus::kIoError;
    if (!(terms_.features & feature)) return RequestStatus::kUnsupported;
    std::array<DiscardSegment, kMostSegments> storage;
    const uint32_t bytes = in_.remaining();
    if (bytes == 0 || bytes % sizeof(DiscardSegment) != 0 ||
        bytes / sizeof(DiscardSegment) > most) {
      return RequestStatus::kIoError;
    }
    const auto all = std::span(storage).first(bytes / sizeof(DiscardSegment));
    if (!in_.read(std::as_writable_bytes(all))) return RequestStatus::kIoError;
    const uint32_t known_flags = feature == kWriteZeroes ? kSegmentUnmap : 0;
    for (const DiscardSegment& segment : all) {
      if (segment.flags & ~known_flags) return RequestStatus::kUnsupported;
    }
    for (const DiscardSegment& segment : all) {
      if (segment.sectors > max_sectors || !in_range(segment.sector, segment.sectors)) {
        return RequestStatus::kIoError;
      }
      request_.ranges.push_back({segment.sector * kSectorSize,
                                 uint64_t{segment.sectors} * kSectorSize,
                                 (segment.flags & kSegmentUnmap) != 0});
    }
    request_.action = feature == kWriteZeroes ? BlkAction::kWriteZeroes : BlkAction::kDiscard;
    request_.lasts = feature == kWriteZeroes && !terms_.writeback;
    return RequestStatus::kOk;
  }

  bool in_range(uint64_t sector, uint64_t sectors) const {
    const uint64_t capacity = terms_.disk_bytes / kSectorSize;
    return sector <= capacity && sectors <= capacity - sector;
  }

  const BlkTerms& terms_;
  ChainReader& in_;
  BlkRequest& request_;
};

uint32_t write_id(ChainWriter& out, std::string_view serial) {
  std::array<char, kIdBytes> id{};
  std::memcpy(id.data(), serial.data(), std::min(serial.size(), id.size()));
  const size_t room = std::min<size_t>(id.size(), out.remaining());
  out.write(std::as_bytes(std::span(id)).first(room));
  return out.written();
}

// A writer of its own: used.len counts from the first byte, which stays unwritten.
void write_scsi_tail(ChainWriter& out) {
  if (out.remaining() < sizeof(LegacyScsiTail)) return;
  out.take(out.remaining() - sizeof(LegacyScsiTail));
  out.take(sizeof(LegacyScsiTail)).write(LegacyScsiTail{kScsiErrors, 0, 0, 0});
}

}  // namespace

uint64_t BlkRequest::bytes() const {
  uint64_t sum = 0;
  for (const BlkRange& range : ranges) sum += range.length;
  return sum;
}

bool BlkRequest::overlaps(const BlkRequest& other) const {
  for (const BlkRange& mine : ranges) {
    for (const BlkRange& theirs : other.ranges) {
      if (mine.overlaps(theirs)) return true;
    }
  }
  return false;
}

void BlkRequest::visit(Archive& archive) {
  archive.io(has_header);
  archive.io(header);
  archive.io(action);
  archive.io(lasts);
  archive.io(status);
  uint32_t count = static_cast<uint32_t>(ranges.size());
  archive.io(count);
  if (!archive.saving()) {
    const bool good = count <= kMostSegments && action <= BlkAction::kScsi;
    if (!good) archive.fail();
    ranges.assign(archive.ok() ? count : 0, {});
  }
  for (BlkRange& range : ranges) {
    archive.io(range.offset);
    archive.io(range.length);
    archive.io(range.unmap);
  }
}

BlkRequest read_blk_request(const BlkTerms& terms, const GuestMemory& memory,
                            DescriptorChain chain) {
  BlkRequest request;
  request.chain = std::move(chain);
  if (request.chain.writable_bytes() == 0) return request;
  ChainReader in(memory, request.chain);
  const auto header = in.read<RequestHeader>();
  request.status = RequestStatus::kIoError;
  if (!header) return request;
  request.has_header = true;
  request.header = *header;
  request.status = RequestReader(terms, in, request).read();
  return request;
}

ChainWriter blk_data_room(GuestMemory& memory, const DescriptorChain& chain) {
  return ChainWriter(memory, chain).take(chain.writable_bytes() - 1);
}

ChainReader blk_payload(const GuestMemory& memory, const DescriptorChain& chain) {
  ChainReader reader(memory, chain);
  (void)reader.read<RequestHeader>();
  return reader;
}

uint32_t answer_blk_request(const BlkRequest& request, GuestMemory& memory, std::string_view serial,
                            uint32_t data_bytes) {
  ChainWriter status_byte(memory, request.chain);
  if (status_byte.remaining() == 0) return 0;
  ChainWriter out = status_byte.take(status_byte.remaining() - 1);
  if (request.action == BlkAction::kGetId) data_bytes = write_id(out, serial);
  if (request.action == BlkAction::kScsi) write_scsi_tail(out);
  status_byte.write(request.status);
  return data_bytes + status_byte.written();
}

}  // namespace vireo
