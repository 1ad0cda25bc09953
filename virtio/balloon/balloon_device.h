// virtio-balloon: memory that the host wants back, and what the guest says about its memory
// (VirtIO 1.4 section 5.5).
#pragma once

#include <array>
#include <functional>
#include <optional>

#include "machine/base/event_queue.h"
#include "virtio/balloon/balloon_options.h"
#include "virtio/balloon/balloon_protocol.h"
#include "virtio/device.h"

namespace vireo {

// A page that goes into the balloon, or is reported as unused, reads as zeros afterwards:
// what a guest finds in it when it comes back never depends on the host. Pages that are no
// RAM are ignored, and a page may be given twice. Taking pages out needs no work.
//
// Queues are numbered densely over those that are offered, as all drivers have it: inflate,
// deflate, statistics and, with free_page_reporting, reports.
class VirtioBalloon final : public VirtioDevice {
 public:
  static constexpr uint64_t kKickDelayNs = 1'000;
  static constexpr unsigned kChainsPerEvent = 16;
  // More page numbers in one chain are ignored.
  static constexpr uint32_t kMaxPages = 16384;
  static constexpr size_t kStats = std::size(virtio_balloon::kStatNames);

  using Stats = std::array<std::optional<uint64_t>, kStats>;

  // Called with pages of RAM that were just filled with zeros, and need no memory of the host
  // until they are written again; addresses and lengths are multiples of kPageSize.
  using Release = std::function<void(GuestAddr first, uint64_t bytes)>;

  // The events must outlive the device.
  VirtioBalloon(const VirtioBalloonOptions& options, EventQueue& events, Release release);

  // How many pages the host wants in the balloon; the driver is told. Kept over resets.
  void set_target_pages(uint32_t pages);
  uint32_t target_pages() const { return config_.num_pages; }
  // How many there are, by the driver's word.
  uint32_t actual_pages() const { return config_.actual; }
  // Called when the driver has told another number, a legacy one perhaps only a part of it.
  void set_on_actual(std::function<void()> on_actual) { on_actual_ = std::move(on_actual); }
  // The latest statistics, by tag; nothing for those that the driver does not give.
  const Stats& stats() const { return stats_; }

  uint16_t type_id() const override { return virtio_type::kBalloon; }
  uint64_t device_features() const override;
  unsigned queue_count() const override { return options_.free_page_reporting ? 4 : 3; }
  uint16_t max_queue_size(unsigned) const override { return 128; }
  uint32_t config_size() const override { return options_.page_poison ? 16 : 8; }
  void read_config(std::span<std::byte> out) const override;
  void write_config(uint32_t offset, std::span<const std::byte> bytes) override;
  QueueWork process_queue(unsigned index, Virtqueue& queue) override;
  uint64_t kick_delay_ns() const override { return kKickDelayNs; }
  void reset() override;
  void visit(Archive& archive) override;

 private:
  void inflate(const DescriptorChain& chain);
  void discard(GuestAddr first, uint64_t bytes);
  void take_report(const DescriptorChain& chain);
  QueueWork serve_stats(Virtqueue& queue);
  void read_stats(const DescriptorChain& chain);
  void ask_for_stats();

  VirtioBalloonOptions options_;
  Release release_;
  std::function<void()> on_actual_;
  virtio_balloon::Config config_;
  Stats stats_;
  // The driver's one statistics buffer stays on its ring until new ones are wanted.
  bool stats_held_ = false;
  bool stats_wanted_ = false;
  Event stats_event_;
};

}  // namespace vireo
