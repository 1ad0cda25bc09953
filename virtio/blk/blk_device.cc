#include "virtio/blk/blk_device.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "machine/base/log.h"
#include "machine/base/trace_event.h"
#include "virtio/blk/blk_config.h"
#include "virtio/blk/blk_protocol.h"

namespace vireo {

using namespace virtio_blk;

namespace {

uint64_t latency_ns(const BlkRequest& request) {
  const bool data = request.action == BlkAction::kRead || request.action == BlkAction::kWrite;
  const bool long_ = request.lasts || (request.changes_disk() && !data);
  return VirtioBlk::kAccessNs + (data ? request.bytes() / VirtioBlk::kBytesPerNs : 0) +
         (long_ ? VirtioBlk::kLongNs : 0);
}

void trace(const BlkRequest& request, const BlockBackend& backend) {
  if (!request.has_header || !TraceEvents::on(LogItem::kBlock)) return;
  TraceEvents::tell(LogItem::kBlock, "block_request",
                    {TraceField::word("disk", backend.description()),
                     TraceField::count("type", request.header.type),
                     TraceField::count("sector", request.header.sector),
                     TraceField::count("from_guest", request.chain.readable_bytes()),
                     TraceField::count("to_guest", request.chain.writable_bytes()),
                     TraceField::count("status", static_cast<uint64_t>(request.status))});
}

}  // namespace

Result<std::unique_ptr<VirtioBlk>> VirtioBlk::create(BlockBackend& backend,
                                                     const VirtioBlkOptions& options,
                                                     const BlkTiming& timing) {
  if (Result<void> checked = check_blk_options(options, backend); !checked) {
    return checked.error();
  }
  return std::unique_ptr<VirtioBlk>(new VirtioBlk(backend, options, timing));
}

VirtioBlk::VirtioBlk(BlockBackend& backend, const VirtioBlkOptions& options,
                     const BlkTiming& timing)
    : backend_(backend),
      options_(options),
      events_(timing.events),
      known_capacity_(backend.size()),
      transfers_(backend, timing.workers),
      paused_(options.num_queues) {
  if (events_ != nullptr) answers_due_.emplace(*events_, "disk answers", [this] { call_queues(); });
}

uint64_t VirtioBlk::device_features() const {
  uint64_t bits = kSegMax | kGeometry | kBlockSize | kTopology;
  if (options_.write_cache || options_.config_wce) bits |= kFlush;
  if (options_.config_wce) bits |= kConfigWce;
  if (options_.num_queues > 1) bits |= kMultiQueue;
  if (backend_.read_only()) return bits | kReadOnly;
  if (options_.discard) bits |= kDiscard;
  if (options_.write_zeroes) bits |= kWriteZeroes;
  return bits;
}

uint32_t VirtioBlk::config_size() const { return kConfigBytes; }

void VirtioBlk::read_config(std::span<std::byte> out) const {
  Config config = blk_config(options_, known_capacity_, device_features());
  config.writeback = options_.config_wce && writeback_setting() ? 1 : 0;
  std::memcpy(out.data(), &config, std::min<size_t>(out.size(), kConfigBytes));
}

void VirtioBlk::write_config(uint32_t offset, std::span<const std::byte> bytes) {
  constexpr uint32_t kWriteback = offsetof(Config, writeback);
  if (!options_.config_wce || offset > kWriteback || kWriteback - offset >= bytes.size()) return;
  driver_writeback_ = bytes[kWriteback - offset] != std::byte{0};
}

// Section 5.2.5.2: without FLUSH a driver that knows the setting finds it off.
bool VirtioBlk::writeback_setting() const {
  if (driver_writeback_) return *driver_writeback_;
  const uint64_t features = host().features();
  if ((features & kConfigWce) && !(features & kFlush)) return false;
  return options_.write_cache;
}

// A driver without CONFIG_WCE takes FLUSH to mean that there is a cache; one without
// either never flushes, so nothing may stay behind.
bool VirtioBlk::writeback() const {
  const uint64_t features = host().features();
  if (features & kConfigWce) return writeback_setting();
  return (features & kFlush) && options_.write_cache;
}

BlkTerms VirtioBlk::terms() const {
  return {.disk_bytes = backend_.size(),
          .read_only = backend_.read_only(),
          .features = host().features(),
          .legacy = host().legacy_session(),
          .writeback = writeback()};
}

// Without a clock everything is due.
uint64_t VirtioBlk::now_ns() const { return events_ != nullptr ? events_->now_ns() : UINT64_MAX; }

bool VirtioBlk::room() const {
  return in_flight_.size() < kMostInFlight && held_bytes_ < kMostHeldBytes;
}

QueueWork VirtioBlk::process_queue(unsigned index, Virtqueue& queue) {
  answer_due(index, queue);
  const QueueWork work = take_requests(index, queue);
  answer_due(index, queue);
  paused_[index] = work == QueueWork::kPaused;
  wake_paused();
  schedule_answer();
  return work;
}

QueueWork VirtioBlk::take_requests(unsigned index, Virtqueue& queue) {
  const BlkTerms terms = this->terms();
  uint64_t bytes = 0;
  for (unsigned taken = 0; taken < kRequestsPerEvent && bytes < kBytesPerEvent; ++taken) {
    if (!room()) return events_ != nullptr ? QueueWork::kPaused : QueueWork::kMore;
    auto chain = queue.pop();
    if (!chain) return QueueWork::kDrained;
    BlkRequest request = read_blk_request(terms, host().memory(), std::move(*chain));
    bytes += request.bytes();
    begin(index, std::move(request));
  }
  return QueueWork::kMore;
}

void VirtioBlk::begin(unsigned index, BlkRequest request) {
  transfers_.make_way(request, in_flight_);
  const uint64_t due = events_ != nullptr ? now_ns() + latency_ns(request) : 0;
  const auto later = std::find_if(in_flight_.rbegin(), in_flight_.rend(),
                                  [due](const BlkTransfer& one) { return one.due_ns <= due; });
  BlkTransfer& transfer = *in_flight_.emplace(later.base());
  transfer.queue = index;
  transfer.due_ns = due;
  transfer.room = BlkTransfers::holds(request);
  held_bytes_ += transfer.room;
  transfer.request = std::move(request);
  transfers_.begin(transfer, host().memory());
}

void VirtioBlk::answer_due(unsigned index, Virtqueue& queue) {
  const uint64_t now = now_ns();
  for (auto at = in_flight_.begin(); at != in_flight_.end() && at->due_ns <= now;) {
    if (at->queue != index) {
      ++at;
      continue;
    }
    answer(*at, queue);
    held_bytes_ -= at->room;
    at = in_flight_.erase(at);
  }
}

void VirtioBlk::answer(BlkTransfer& transfer, Virtqueue& queue) {
  const BlkRequest& request = transfer.request;
  transfers_.finish(transfer, host().memory());
  count(transfer);
  if (!transfer.failed.empty()) {
    Log::print(LogItem::kBlock, "{}: {}", backend_.description(), transfer.reason);
    if (trouble_) trouble_(transfer.failed, transfer.reason);
  }
  const auto data = static_cast<uint32_t>(transfer.reads() ? transfer.moved : 0);
  const uint32_t written = answer_blk_request(request, host().memory(), options_.serial, data);
  trace(request, backend_);
  queue.push(request.chain, written);
}

void VirtioBlk::count(const BlkTransfer& transfer) {
  const BlkRequest& request = transfer.request;
  if (transfer.reads()) {
    ++counters_.reads;
    counters_.read_bytes += transfer.moved;
  } else if (request.action == BlkAction::kWrite) {
    ++counters_.writes;
    counters_.written_bytes += transfer.moved;
  }
  if (request.lasts) ++counters_.flushes;
  const bool answers = request.chain.writable_bytes() != 0;
  if (answers && request.status == RequestStatus::kIoError) ++counters_.errors;
}

// The queues whose answers are due are processed now.
void VirtioBlk::call_queues() {
  answering_ = true;
  for (BlkTransfer& transfer : in_flight_) {
    if (transfer.due_ns > now_ns()) break;
    if (!std::exchange(transfer.called, true)) host().queue_ready(transfer.queue);
  }
  answering_ = false;
  schedule_answer();
}

void VirtioBlk::schedule_answer() {
  if (!answers_due_) return;
  const auto next = std::find_if(in_flight_.begin(), in_flight_.end(),
                                 [](const BlkTransfer& one) { return !one.called; });
  if (next == in_flight_.end()) {
    answers_due_->cancel();
  } else if (!answers_due_->pending() || answers_due_->deadline_ns() != next->due_ns) {
    answers_due_->schedule_at(next->due_ns);
  }
}

void VirtioBlk::wake_paused() {
  for (unsigned i = 0; i < paused_.size() && room(); ++i) {
    if (std::exchange(paused_[i], uint8_t{0}) != 0) host().queue_ready(i);
  }
}

void VirtioBlk::settle() {
  for (BlkTransfer& transfer : in_flight_) transfers_.settle(transfer);
}

// What it had begun to write is written.
void VirtioBlk::queue_stopped(unsigned index) {
  paused_[index] = 0;
  for (auto at = in_flight_.begin(); at != in_flight_.end();) {
    if (at->queue != index) {
      ++at;
      continue;
    }
    transfers_.settle(*at);
    held_bytes_ -= at->room;
    at = in_flight_.erase(at);
  }
  wake_paused();
  schedule_answer();
}

Result<void> VirtioBlk::resize(uint64_t bytes) {
  const uint32_t block = options_.logical_block_size;
  if (bytes == 0 || bytes % block != 0) {
    return Error{fmt::format("{} bytes: a disk has one or more blocks of {}", bytes, block)};
  }
  settle();
  if (auto resized = backend_.resize(bytes); !resized) return resized;
  backend_resized();
  return {};
}

void VirtioBlk::backend_resized() {
  if (backend_.size() == known_capacity_) return;
  known_capacity_ = backend_.size();
  host().config_changed();
}

void VirtioBlk::reset() {
  transfers_.wait_for_workers();
  in_flight_.clear();
  held_bytes_ = 0;
  std::fill(paused_.begin(), paused_.end(), uint8_t{0});
  schedule_answer();
  driver_writeback_.reset();
}

void VirtioBlk::for_each_counter(const CounterVisitor& visit) const {
  visit("reads", counters_.reads);
  visit("read_bytes", counters_.read_bytes);
  visit("writes", counters_.writes);
  visit("written_bytes", counters_.written_bytes);
  visit("flushes", counters_.flushes);
  visit("errors", counters_.errors);
}

void VirtioBlk::visit(Archive& archive) {
  uint8_t setting = driver_writeback_ ? (*driver_writeback_ ? 2 : 1) : 0;
  archive.io(setting);
  archive.io(known_capacity_);
  if (!archive.saving()) {
    driver_writeback_ = setting == 0 ? std::nullopt : std::optional<bool>(setting == 2);
  }
  visit_in_flight(archive);
  if (answers_due_) answers_due_->visit(archive);
}

// The disk first does its part, so that nothing of it is left to do for whoever loads the state.
void VirtioBlk::visit_in_flight(Archive& archive) {
  settle();
  uint32_t count = static_cast<uint32_t>(in_flight_.size());
  archive.io(count);
  if (!archive.saving()) {
    in_flight_.clear();
    if (count > kMostInFlight) archive.fail();
    in_flight_.resize(archive.ok() ? count : 0);
    held_bytes_ = 0;
  }
  for (BlkTransfer& transfer : in_flight_) {
    transfer.visit(archive);
    if (transfer.queue >= paused_.size()) archive.fail();
    if (!archive.saving()) held_bytes_ += transfer.room;
  }
  for (uint8_t& paused : paused_) archive.io(paused);
  if (!archive.ok()) in_flight_.clear();
}

}  // namespace vireo
