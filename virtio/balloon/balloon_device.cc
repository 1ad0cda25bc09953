#include "virtio/balloon/balloon_device.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "virtio/queue/chain_io.h"

namespace vireo {

using namespace virtio_balloon;

namespace {

// Queue 1 is for pages that leave the balloon.
constexpr unsigned kInflate = 0, kStatistics = 2, kReports = 3;

// Runs of neighbouring pages, so that each run is discarded at once. Linux gives pages one
// by one and often downwards.
class PageRuns {
 public:
  using Sink = std::function<void(GuestAddr first, uint64_t bytes)>;
  PageRuns(const GuestMemory& memory, Sink sink) : memory_(memory), sink_(std::move(sink)) {}
  ~PageRuns() { flush(); }

  void add(uint32_t page) {
    if (!memory_.contains(address(page), kPageBytes)) return;
    if (count_ != 0 && page == first_ + count_) {
      ++count_;
    } else if (count_ != 0 && page + uint64_t{1} == first_) {
      first_ = page;
      ++count_;
    } else {
      flush();
      first_ = page;
      count_ = 1;
    }
  }

 private:
  static GuestAddr address(uint64_t page) { return GuestAddr{page * kPageBytes}; }
  void flush() {
    if (count_ != 0) sink_(address(first_), count_ * kPageBytes);
    count_ = 0;
  }

  const GuestMemory& memory_;
  Sink sink_;
  uint64_t first_ = 0;
  uint64_t count_ = 0;
};

}  // namespace

VirtioBalloon::VirtioBalloon(const VirtioBalloonOptions& options, EventQueue& events,
                             Release release)
    : options_(options),
      release_(std::move(release)),
      stats_event_(events, "virtio-balloon statistics", [this] { ask_for_stats(); }) {}

uint64_t VirtioBalloon::device_features() const {
  return kStatsQueue | (options_.deflate_on_oom ? kDeflateOnOom : 0) |
         (options_.page_poison ? kPagePoison : 0) | (options_.free_page_reporting ? kReporting : 0);
}

void VirtioBalloon::set_target_pages(uint32_t pages) {
  if (config_.num_pages == pages) return;
  config_.num_pages = pages;
  host().config_changed();
}

void VirtioBalloon::read_config(std::span<std::byte> out) const {
  std::memcpy(out.data(), &config_, std::min(out.size(), sizeof config_));
}

// Byte by byte if the driver likes: a legacy one writes so.
void VirtioBalloon::write_config(uint32_t offset, std::span<const std::byte> bytes) {
  const auto writable = [](uint32_t at) {
    return (at >= offsetof(Config, actual) && at < offsetof(Config, free_page_hint_id)) ||
           at >= offsetof(Config, poison_value);
  };
  const auto config = std::as_writable_bytes(std::span(&config_, 1)).first(config_size());
  const uint32_t before = config_.actual;
  for (const std::byte byte : bytes) {
    if (offset < config.size() && writable(offset)) config[offset] = byte;
    ++offset;
  }
  if (config_.actual != before && on_actual_) on_actual_();
}

QueueWork VirtioBalloon::process_queue(unsigned index, Virtqueue& queue) {
  if (index == kStatistics) return serve_stats(queue);
  for (unsigned taken = 0; taken < kChainsPerEvent; ++taken) {
    const auto chain = queue.pop();
    if (!chain) return QueueWork::kDrained;
    if (index == kInflate) inflate(*chain);
    if (index == kReports) take_report(*chain);
    queue.push(*chain, 0);
  }
  return QueueWork::kMore;
}

void VirtioBalloon::discard(GuestAddr first, uint64_t bytes) {
  if (host().memory().fill(first, bytes, std::byte{0})) release_(first, bytes);
}

// Section 5.5.6: an array of page numbers.
void VirtioBalloon::inflate(const DescriptorChain& chain) {
  ChainReader reader(host().memory(), chain);
  PageRuns runs(host().memory(),
                [this](GuestAddr first, uint64_t bytes) { discard(first, bytes); });
  for (uint32_t count = 0; count < kMaxPages; ++count) {
    const auto page = reader.read<uint32_t>();
    if (!page) return;
    runs.add(*page);
  }
}

// Section 5.5.6.7: the buffers are the pages themselves. A driver that poisons free pages
// wants to find its pattern again, so those stay as they are.
void VirtioBalloon::take_report(const DescriptorChain& chain) {
  const bool poisoned = (host().features() & kPagePoison) != 0 && config_.poison_value != 0;
  if (poisoned) return;
  for (const MemoryPiece& piece : chain.writable()) {
    const uint64_t first = (piece.addr.value + kPageMask) & ~kPageMask;
    const uint64_t end = (piece.addr.value + piece.length) & ~kPageMask;
    if (end > first) discard(GuestAddr{first}, end - first);
  }
}

// Section 5.5.6.3: the driver's buffer comes with statistics in it; giving it back asks for
// new ones.
QueueWork VirtioBalloon::serve_stats(Virtqueue& queue) {
  const auto chain = queue.pop();
  stats_held_ = false;
  if (!chain) return QueueWork::kDrained;
  if (stats_wanted_) {
    stats_wanted_ = false;
    queue.push(*chain, 0);
    return QueueWork::kDrained;
  }
  read_stats(*chain);
  queue.unpop(*chain);
  stats_held_ = true;
  if (options_.stats_interval_s != 0 && !stats_event_.pending()) {
    stats_event_.schedule_in(options_.stats_interval_s * uint64_t{1'000'000'000});
  }
  return QueueWork::kPaused;
}

void VirtioBalloon::read_stats(const DescriptorChain& chain) {
  stats_ = {};
  ChainReader reader(host().memory(), chain);
  for (size_t count = 0; count < 2 * kStats && reader.remaining() >= kStatBytes; ++count) {
    const auto tag = reader.read<uint16_t>();
    const auto value = reader.read<uint64_t>();
    if (tag && value && *tag < kStats) stats_[*tag] = *value;
  }
}

void VirtioBalloon::ask_for_stats() {
  if (!stats_held_) return;
  stats_wanted_ = true;
  host().queue_ready(kStatistics);
}

// The target is the host's wish, and stands for the next driver.
void VirtioBalloon::reset() {
  config_ = {.num_pages = config_.num_pages};
  stats_ = {};
  stats_held_ = false;
  stats_wanted_ = false;
  stats_event_.cancel();
}

void VirtioBalloon::visit(Archive& archive) {
  archive.io(config_);
  for (std::optional<uint64_t>& stat : stats_) {
    bool known = stat.has_value();
    uint64_t value = stat.value_or(0);
    archive.io(known);
    archive.io(value);
    stat = known ? std::optional(value) : std::nullopt;
  }
  archive.io(stats_held_);
  archive.io(stats_wanted_);
  stats_event_.visit(archive);
}

}  // namespace vireo
