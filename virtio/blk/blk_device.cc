#include "virtio/blk/blk_device.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "virtio/blk/blk_config.h"
#include "virtio/blk/blk_protocol.h"
#include "virtio/blk/blk_request.h"

namespace vireo {

using namespace virtio_blk;

namespace {

// Large enough that per-call costs vanish, small enough to stay in the host's L2 cache
// between its two copies.
constexpr size_t kBounceBytes = 128 << 10;

}  // namespace

Result<std::unique_ptr<VirtioBlk>> VirtioBlk::create(BlockBackend& backend,
                                                     const VirtioBlkOptions& options) {
  if (Result<void> checked = check_blk_options(options, backend); !checked) {
    return checked.error();
  }
  return std::unique_ptr<VirtioBlk>(new VirtioBlk(backend, options));
}

VirtioBlk::VirtioBlk(BlockBackend& backend, const VirtioBlkOptions& options)
    : backend_(backend),
      options_(options),
      known_capacity_(backend.size()),
      bounce_(kBounceBytes) {}

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

QueueWork VirtioBlk::process_queue(unsigned /*index*/, Virtqueue& queue) {
  const BlkContext context{.backend = backend_,
                           .memory = host().memory(),
                           .bounce = bounce_,
                           .serial = options_.serial,
                           .features = host().features(),
                           .legacy = host().legacy_session(),
                           .writeback = writeback(),
                           .counters = counters_};
  uint64_t work = 0;
  for (unsigned taken = 0; taken < kRequestsPerEvent && work < kBytesPerEvent; ++taken) {
    const auto chain = queue.pop();
    if (!chain) return QueueWork::kDrained;
    const BlkOutcome outcome = run_blk_request(context, *chain);
    queue.push(*chain, outcome.written);
    work += outcome.work;
  }
  return QueueWork::kMore;
}

Result<void> VirtioBlk::resize(uint64_t bytes) {
  const uint32_t block = options_.logical_block_size;
  if (bytes == 0 || bytes % block != 0) {
    return Error{fmt::format("{} bytes: a disk has one or more blocks of {}", bytes, block)};
  }
  if (auto resized = backend_.resize(bytes); !resized) return resized;
  backend_resized();
  return {};
}

void VirtioBlk::backend_resized() {
  if (backend_.size() == known_capacity_) return;
  known_capacity_ = backend_.size();
  host().config_changed();
}

void VirtioBlk::reset() { driver_writeback_.reset(); }

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
  if (archive.saving()) return;
  driver_writeback_ = setting == 0 ? std::nullopt : std::optional<bool>(setting == 2);
}

}  // namespace vireo
