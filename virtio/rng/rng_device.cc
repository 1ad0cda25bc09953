#include "virtio/rng/rng_device.h"

#include <algorithm>
#include <array>
#include <utility>

#include "virtio/queue/chain_io.h"

namespace vireo {

VirtioRng::VirtioRng(std::unique_ptr<EntropySource> source, const VirtioRngOptions& options,
                     EventQueue& events)
    : source_(std::move(source)),
      options_(options),
      allowance_(options.max_bytes),
      period_end_(events, "virtio-rng period", [this] { begin_period(); }),
      retry_(events, "virtio-rng retry", [this] { host().queue_ready(0); }) {}

QueueWork VirtioRng::process_queue(unsigned /*index*/, Virtqueue& queue) {
  for (unsigned taken = 0; taken < kRequestsPerEvent; ++taken) {
    const auto chain = queue.pop();
    if (!chain) return QueueWork::kDrained;
    const uint32_t written = answer(*chain);
    if (written == 0 && chain->writable_bytes() != 0) {
      queue.unpop(*chain);
      return QueueWork::kPaused;
    }
    queue.push(*chain, written);
  }
  return QueueWork::kMore;
}

// Gives the bytes written; 0 for a chain without room, or after arranging for another try.
uint32_t VirtioRng::answer(const DescriptorChain& chain) {
  const auto wanted = static_cast<size_t>(
      std::min<uint64_t>({chain.writable_bytes(), kMaxRequestBytes, allowance_}));
  if (chain.writable_bytes() == 0) return 0;
  if (wanted == 0) {
    waiting_ = true;
    return 0;
  }
  std::array<std::byte, kMaxRequestBytes> bytes;
  const size_t given = source_->fill(std::span(bytes).first(wanted));
  if (given == 0) {
    retry_.schedule_in(kRetryNs);
    return 0;
  }
  if (limited()) {
    allowance_ -= given;
    if (!period_end_.pending()) period_end_.schedule_in(options_.period_ms * uint64_t{1'000'000});
  }
  ChainWriter writer(host().memory(), chain);
  writer.write(std::span<const std::byte>(bytes).first(given));
  return writer.written();
}

void VirtioRng::begin_period() {
  allowance_ = options_.max_bytes;
  if (std::exchange(waiting_, false)) host().queue_ready(0);
}

// The allowance and its period go on: a driver that resets gets no more for it.
void VirtioRng::reset() {
  waiting_ = false;
  retry_.cancel();
}

void VirtioRng::visit(Archive& archive) {
  source_->visit(archive);
  archive.io(allowance_);
  archive.io(waiting_);
  period_end_.visit(archive);
  retry_.visit(archive);
}

}  // namespace vireo
