#include "virtio/lint/blk_checker.h"

#include "virtio/lint/chain_bytes.h"

namespace vireo {

using namespace virtio_blk;

void BlkChecker::on_chain(const WatchedChain& chain) {
  if (!chain.failure.empty()) return;
  const ChainLengths lengths = chain_lengths(chain);
  const auto header = chain_header<RequestHeader>(subject().memory(), chain);
  if (!header || lengths.writable == 0) {
    breach(LintRule::kBlkHeaderShort, "queue {}: {} readable bytes, {} writable ones", chain.queue,
           lengths.readable, lengths.writable);
    return;
  }
  check({chain.queue, header->type, header->sector,
         lengths.readable - sizeof(RequestHeader) + lengths.writable - 1});
}

void BlkChecker::check(const Request& request) {
  switch (static_cast<RequestType>(request.type)) {
    case RequestType::kIn:
      return check_transfer(request, false);
    case RequestType::kOut:
      return check_transfer(request, true);
    case RequestType::kDiscard:
      return check_segments(request, kDiscard, "DISCARD");
    case RequestType::kWriteZeroes:
      return check_segments(request, kWriteZeroes, "WRITE_ZEROES");
    case RequestType::kFlush:
      if (request.sector != 0) {
        breach(LintRule::kBlkFlushSector, "queue {}: FLUSH with sector {}", request.queue,
               request.sector);
      }
      if (!in_force(kFlush)) {
        breach(LintRule::kBlkNotNegotiated, "queue {}: FLUSH, features {:#x}", request.queue,
               subject().features());
      }
      return;
    case RequestType::kGetId:
      if (request.data == kIdBytes) return;
      breach(LintRule::kBlkDataLength, "queue {}: GET_ID with {} bytes", request.queue,
             request.data);
      return;
    default:
      return;
  }
}

void BlkChecker::check_transfer(const Request& request, bool write) {
  const char* name = write ? "OUT" : "IN";
  if (request.data % kSectorSize != 0) {
    breach(LintRule::kBlkDataLength, "queue {}: {} of {} bytes", request.queue, name, request.data);
  }
  const uint64_t sectors = config_head<uint64_t>();
  const uint64_t count = (request.data + kSectorSize - 1) / kSectorSize;
  if (count > sectors || request.sector > sectors - count) {
    breach(LintRule::kBlkPastEnd, "queue {}: {} of {} sectors from {}, the disk has {}",
           request.queue, name, count, request.sector, sectors);
  }
  if (write && (subject().offered_features(VirtioInterface::kModern) & kReadOnly)) {
    breach(LintRule::kBlkReadOnly, "queue {}: OUT to sector {}", request.queue, request.sector);
  }
}

void BlkChecker::check_segments(const Request& request, uint64_t feature, const char* name) {
  if (!in_force(feature)) {
    breach(LintRule::kBlkNotNegotiated, "queue {}: {}, features {:#x}", request.queue, name,
           subject().features());
  }
  if (request.data == 0 || request.data % sizeof(DiscardSegment) != 0) {
    breach(LintRule::kBlkDataLength, "queue {}: {} with {} bytes", request.queue, name,
           request.data);
  }
}

}  // namespace vireo
