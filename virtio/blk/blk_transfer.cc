#include "virtio/blk/blk_transfer.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace vireo {
namespace {

using virtio_blk::RequestStatus;

// Large enough that per-call costs vanish, small enough to stay in the host's L2 cache
// between its two copies.
constexpr size_t kPieceBytes = 128 << 10;
constexpr uint32_t kMostReason = 4096;

bool reaches_disk(const BlkRequest& request) {
  return request.status == RequestStatus::kOk && request.action != BlkAction::kNone &&
         request.action != BlkAction::kGetId && request.action != BlkAction::kScsi;
}

bool moves_data(const BlkRequest& request) {
  return request.action == BlkAction::kRead || request.action == BlkAction::kWrite;
}

BlockOperation operation_of(BlkAction action) {
  switch (action) {
    case BlkAction::kRead:
      return BlockOperation::kRead;
    case BlkAction::kWrite:
      return BlockOperation::kWrite;
    case BlkAction::kDiscard:
      return BlockOperation::kDiscard;
    case BlkAction::kWriteZeroes:
      return BlockOperation::kWriteZeroes;
    default:
      return BlockOperation::kFlush;
  }
}

}  // namespace

void BlkTransfer::fail(std::string_view operation, const Error& error) {
  request.status = RequestStatus::kIoError;
  failed = operation;
  reason = error.message.substr(0, kMostReason);
}

void BlkTransfer::visit(Archive& archive) {
  archive.io(queue);
  archive.io(due_ns);
  archive.io(called);
  archive.io(room);
  request.chain.visit(archive);
  request.visit(archive);
  archive.io(moved);
  archive.io(in_guest);
  archive.io(failed, kMostReason);
  archive.io(reason, kMostReason);
  if (room > BlkTransfers::kMostHeld) archive.fail();
  visit_held(archive);
}

// What was read and is not yet the guest's, in whole sectors.
void BlkTransfer::visit_held(Archive& archive) {
  using Sector = std::array<std::byte, virtio_blk::kSectorSize>;
  uint64_t waiting = reads() && !in_guest ? std::min<uint64_t>(moved, held.size()) : 0;
  archive.io(waiting);
  if (waiting > BlkTransfers::kMostHeld || waiting % sizeof(Sector) != 0) archive.fail();
  if (!archive.ok()) return;
  if (!archive.saving()) held = HeldBytes(static_cast<size_t>(waiting));
  for (auto left = held.all().first(static_cast<size_t>(waiting)); !left.empty();
       left = left.subspan(sizeof(Sector))) {
    Sector sector;
    std::memcpy(sector.data(), left.data(), sizeof sector);
    archive.io(sector);
    std::memcpy(left.data(), sector.data(), sizeof sector);
  }
}

BlkTransfers::BlkTransfers(BlockBackend& disk, BlockWorkers* workers)
    : disk_(disk), workers_(workers), bounce_(kPieceBytes) {}

BlkTransfers::~BlkTransfers() { wait_for_workers(); }

uint64_t BlkTransfers::holds(const BlkRequest& request) {
  const uint64_t bytes = reaches_disk(request) && moves_data(request) ? request.bytes() : 0;
  return bytes > kMostHeld ? 0 : bytes;
}

bool BlkTransfers::by_worker(const BlkRequest& request) {
  if (workers_ == nullptr) return false;
  if (!disk_.concurrent() && !workers_->idle()) return true;
  if (request.lasts && disk_.may_wait(BlockOperation::kFlush, 0, 0)) return true;
  return std::any_of(request.ranges.begin(), request.ranges.end(), [&](const BlkRange& range) {
    return disk_.may_wait(operation_of(request.action), range.offset, range.length);
  });
}

// Before the machine's thread itself uses the disk.
void BlkTransfers::claim_disk() {
  if (!disk_.concurrent()) wait_for_workers();
}

void BlkTransfers::wait_for_workers() {
  if (workers_ != nullptr) workers_->wait_for_all();
}

void BlkTransfers::begin(BlkTransfer& transfer, GuestMemory& memory) {
  const BlkRequest& request = transfer.request;
  if (!reaches_disk(request)) return;
  const bool holdable = !moves_data(request) || request.bytes() <= kMostHeld;
  if (holdable && by_worker(request)) {
    hand_over(transfer, memory);
  } else if (transfer.reads() && holdable) {
    transfer.stage = BlkTransfer::Stage::kLater;
  } else {
    claim_disk();
    if (transfer.reads()) {
      read_to_guest(transfer, memory);
    } else if (request.action == BlkAction::kWrite) {
      write_from_guest(transfer, memory);
    } else {
      make(transfer);
    }
  }
}

void BlkTransfers::hand_over(BlkTransfer& transfer, GuestMemory& memory) {
  if (moves_data(transfer.request)) {
    transfer.held = HeldBytes(static_cast<size_t>(transfer.request.bytes()));
  }
  if (transfer.request.action == BlkAction::kWrite) {
    ChainReader in = blk_payload(memory, transfer.request.chain);
    if (!in.read(transfer.held.all())) {
      transfer.request.status = RequestStatus::kIoError;
      return;
    }
  }
  transfer.stage = BlkTransfer::Stage::kWorking;
  transfer.job = workers_->start([this, &transfer] { make(transfer); }, !disk_.concurrent());
}

void BlkTransfers::settle(BlkTransfer& transfer) {
  if (transfer.stage == BlkTransfer::Stage::kWorking) workers_->wait(transfer.job);
  if (transfer.stage == BlkTransfer::Stage::kLater) {
    claim_disk();
    transfer.held = HeldBytes(static_cast<size_t>(transfer.request.bytes()));
    make(transfer);
  }
  transfer.stage = BlkTransfer::Stage::kDone;
}

void BlkTransfers::finish(BlkTransfer& transfer, GuestMemory& memory) {
  if (transfer.stage == BlkTransfer::Stage::kLater) {
    claim_disk();
    read_to_guest(transfer, memory);
    transfer.stage = BlkTransfer::Stage::kDone;
    return;
  }
  settle(transfer);
  if (!transfer.reads() || transfer.in_guest || transfer.moved == 0) return;
  ChainWriter out = blk_data_room(memory, transfer.request.chain);
  const auto good = std::min<uint64_t>(transfer.moved, transfer.held.size());
  if (!out.write(transfer.held.all().first(static_cast<size_t>(good)))) {
    transfer.request.status = RequestStatus::kIoError;
  }
  transfer.moved = out.written();
  transfer.in_guest = true;
}

void BlkTransfers::read_to_guest(BlkTransfer& transfer, GuestMemory& memory) {
  ChainWriter out = blk_data_room(memory, transfer.request.chain);
  const uint64_t offset = transfer.request.ranges.front().offset;
  while (out.remaining() > 0 && transfer.request.status == RequestStatus::kOk) {
    const auto piece = std::span(bounce_).first(std::min<size_t>(out.remaining(), kPieceBytes));
    if (auto done = disk_.read(offset + out.written(), piece); !done) {
      transfer.fail("read", done.error());
    } else if (!out.write(piece)) {
      transfer.request.status = RequestStatus::kIoError;
    }
  }
  transfer.moved = out.written();
  transfer.in_guest = true;
}

void BlkTransfers::write_from_guest(BlkTransfer& transfer, GuestMemory& memory) {
  ChainReader in = blk_payload(memory, transfer.request.chain);
  const uint64_t offset = transfer.request.ranges.front().offset;
  while (in.remaining() > 0 && transfer.request.status == RequestStatus::kOk) {
    const auto piece = std::span(bounce_).first(std::min<size_t>(in.remaining(), kPieceBytes));
    if (!in.read(piece)) {
      transfer.request.status = RequestStatus::kIoError;
    } else if (auto done = disk_.write(offset + transfer.moved, piece); !done) {
      transfer.fail("write", done.error());
    } else {
      transfer.moved += piece.size();
    }
  }
  make_last(transfer);
}

// On any thread: what the request asks of the disk, its data being held.
void BlkTransfers::make(BlkTransfer& transfer) {
  const BlkRequest& request = transfer.request;
  if (moves_data(request)) move_held(transfer);
  for (const BlkRange& range : request.ranges) {
    if (moves_data(request) || request.status != RequestStatus::kOk) break;
    auto done = request.action == BlkAction::kDiscard
                    ? disk_.discard(range.offset, range.length)
                    : disk_.write_zeroes(range.offset, range.length, range.unmap);
    if (!done) transfer.fail("write", done.error());
  }
  make_last(transfer);
}

void BlkTransfers::make_last(BlkTransfer& transfer) {
  if (!transfer.request.lasts || transfer.request.status != RequestStatus::kOk) return;
  if (auto done = disk_.flush(); !done) transfer.fail("flush", done.error());
}

Result<void> BlkTransfers::move(const BlkTransfer& transfer, uint64_t offset,
                                std::span<std::byte> bytes) {
  return transfer.reads() ? disk_.read(offset, bytes) : disk_.write(offset, bytes);
}

// Whole, or where that fails as far as it goes in the pieces that would have been made at once.
void BlkTransfers::move_held(BlkTransfer& transfer) {
  const uint64_t offset = transfer.request.ranges.front().offset;
  auto left = transfer.held.all();
  if (left.empty() || move(transfer, offset, left)) {
    transfer.moved = left.size();
    return;
  }
  while (!left.empty()) {
    const auto piece = left.first(std::min(left.size(), kPieceBytes));
    if (auto done = move(transfer, offset + transfer.moved, piece); !done) {
      return transfer.fail(transfer.reads() ? "read" : "write", done.error());
    }
    transfer.moved += piece.size();
    left = left.subspan(piece.size());
  }
}

}  // namespace vireo
