// virtio-rng: hands random bytes to the guest (VirtIO 1.4 section 5.4).
#pragma once

#include <memory>

#include "machine/base/entropy_source.h"
#include "machine/base/event_queue.h"
#include "virtio/device.h"
#include "virtio/rng/rng_options.h"

namespace vireo {

// Each buffer gets at least one byte, as a driver takes an empty answer for a fault; when
// there is none to give, because the period's bytes are used up or the source has none, the
// queue waits. What a driver puts into the readable part of a chain is ignored.
class VirtioRng final : public VirtioDevice {
 public:
  static constexpr uint64_t kKickDelayNs = 1'000;
  static constexpr unsigned kRequestsPerEvent = 64;
  static constexpr uint32_t kMaxRequestBytes = 4096;  // longer ones are answered in part
  static constexpr uint64_t kRetryNs = 10'000'000;    // while the source has nothing

  // The events must outlive the device.
  VirtioRng(std::unique_ptr<EntropySource> source, const VirtioRngOptions& options,
            EventQueue& events);

  uint16_t type_id() const override { return virtio_type::kEntropy; }
  uint64_t device_features() const override { return 0; }
  unsigned queue_count() const override { return 1; }
  uint16_t max_queue_size(unsigned) const override { return 64; }
  QueueWork process_queue(unsigned index, Virtqueue& queue) override;
  uint64_t kick_delay_ns() const override { return kKickDelayNs; }
  void reset() override;
  void visit(Archive& archive) override;

 private:
  bool limited() const { return options_.max_bytes != VirtioRngOptions::kUnlimited; }
  uint32_t answer(const DescriptorChain& chain);
  void begin_period();

  std::unique_ptr<EntropySource> source_;
  VirtioRngOptions options_;
  uint64_t allowance_;  // bytes left in this period
  bool waiting_ = false;
  Event period_end_;
  Event retry_;
};

}  // namespace vireo
