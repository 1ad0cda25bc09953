// virtio-net: a network card behind virtqueues (VirtIO 1.4 section 5.1).
#pragma once

#include <memory>
#include <vector>

#include "machine/base/net_backend.h"
#include "machine/base/result.h"
#include "virtio/device.h"
#include "virtio/net/flow_steering.h"
#include "virtio/net/frame_io.h"
#include "virtio/net/net_counters.h"
#include "virtio/net/net_options.h"
#include "virtio/net/net_settings.h"
#include "virtio/net/rx_backlog.h"

namespace vireo {

// Frames from the driver go to the backend when their queue is processed. Frames from the
// backend are taken at the machine's poll points and after each batch sent, filtered,
// steered to a queue pair, and wait in a bounded backlog for buffers. A frame that no
// buffer can ever hold is dropped; one that needs more buffers than wait is kept.
//
// What offloads promise is done here for backends that know nothing of them: checksums are
// completed, large TCP segments cut on their way out and, for a driver that takes them,
// joined on their way in.
class VirtioNet final : public VirtioDevice {
 public:
  // Virtual time from kick, or from a frame's arrival, to service.
  static constexpr uint64_t kKickDelayNs = 50'000;
  // One event stops after this many frames, segments counted, or this many bytes.
  static constexpr unsigned kFramesPerEvent = 256;
  static constexpr uint64_t kBytesPerEvent = 4u << 20;
  static constexpr unsigned kMaxPairs = 64;
  static constexpr uint16_t kControlQueueSize = 64;
  // The longest payload of a control command that is looked at.
  static constexpr uint32_t kMaxControlBytes = 64u << 10;

  // The backend must outlive the device. Fails, naming the property, when an option is
  // out of range.
  static Result<std::unique_ptr<VirtioNet>> create(NetBackend& backend,
                                                   const VirtioNetOptions& options);

  uint16_t type_id() const override { return virtio_type::kNet; }
  uint64_t device_features() const override;
  unsigned queue_count() const override;
  uint16_t max_queue_size(unsigned index) const override;
  uint32_t config_size() const override;
  void read_config(std::span<std::byte> out) const override;
  void write_config(uint32_t offset, std::span<const std::byte> bytes) override;
  QueueWork process_queue(unsigned index, Virtqueue& queue) override;
  uint64_t kick_delay_ns() const override { return kKickDelayNs; }
  void reset() override;
  void visit(Archive& archive) override;
  void for_each_counter(const CounterVisitor& visit) const override { statistics_.for_each(visit); }

  // Takes what came from outside; to be called at poll points. True when anything did.
  bool poll_input();
  // The cable: with the link down nothing passes (section 5.1.4). Kept over a reset.
  void set_link(bool up);
  bool link_up() const { return link_up_; }
  // Asks the driver to tell the network where it is now (section 5.1.9.5.4).
  void announce();

  const NetStatistics& statistics() const { return statistics_; }
  const virtio_net::MacAddress& mac() const { return settings_.mac; }
  const NetBackend& backend() const { return backend_; }

 private:
  VirtioNet(NetBackend& backend, const VirtioNetOptions& options);

  bool negotiated(uint64_t feature) const { return (host().features() & feature) != 0; }
  uint64_t guest_offloads() const;
  unsigned max_pairs() const { return options_.mq ? options_.queues : 1; }
  // The control queue's index depends on what the driver negotiated (section 5.1.2).
  unsigned control_index() const;

  QueueWork transmit(unsigned pair, Virtqueue& queue);
  void tell_frame(std::string_view kind, size_t bytes, unsigned pair) const;
  size_t transmit_chain(unsigned pair, const DescriptorChain& chain);
  QueueWork receive(unsigned pair, Virtqueue& queue);
  QueueWork control(Virtqueue& queue);
  uint32_t control_chain(const DescriptorChain& chain);
  void settings_changed(const NetSettings& before);

  bool take_input();
  void take_frame(const NetFrame& frame);
  bool keep_segments(const NetFrame& frame);
  bool keep_frame(const NetFrame& frame);
  void wake_receivers();

  NetBackend& backend_;
  VirtioNetOptions options_;
  FrameReader reader_;
  FrameSender sender_;
  NetSettings settings_;
  FlowSteering steering_;
  RxBacklog backlog_;
  bool link_up_ = true;
  uint64_t waiting_to_send_ = 0;  // pairs whose frames wait for the backend, a bit each
  NetStatistics statistics_;
  std::vector<std::byte> scratch_;
};

}  // namespace vireo
