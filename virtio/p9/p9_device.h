// virtio-9p: a folder of the host behind one queue (VirtIO device type 9; configuration and
// queue as Linux's net/9p/trans_virtio.c has them, for lack of a chapter in the specification).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "machine/base/file_tree.h"
#include "machine/base/result.h"
#include "virtio/device.h"
#include "virtio/p9/p9_options.h"
#include "virtio/p9/p9_server.h"

namespace vireo {

// One chain is one request: the message in its readable part, room for the answer in the
// writable one. used.len is the answer's size. A chain without a whole header, or without room
// for an Rlerror, cannot be answered at all: the device then needs a reset.
//
// A reset ends the session.
class VirtioP9 final : public VirtioDevice {
 public:
  // Virtual time from kick to service.
  static constexpr uint64_t kKickDelayNs = 10'000;
  // One event's work: this many requests or bytes of messages and answers.
  static constexpr unsigned kRequestsPerEvent = 256;
  static constexpr uint64_t kBytesPerEvent = 16u << 20;
  static constexpr uint16_t kQueueSize = 128;

  // `tree` and what `now` (the guest's clock) uses must outlive the device. Fails, naming the
  // property, when an option is out of range.
  static Result<std::unique_ptr<VirtioP9>> create(FileTree& tree, const VirtioP9Options& options,
                                                  std::function<FileTime()> now);

  uint16_t type_id() const override { return virtio_type::k9p; }
  uint64_t device_features() const override { return p9::kMountTagFeature; }
  unsigned queue_count() const override { return 1; }
  uint16_t max_queue_size(unsigned) const override { return kQueueSize; }
  uint32_t config_size() const override;
  void read_config(std::span<std::byte> out) const override;
  QueueWork process_queue(unsigned index, Virtqueue& queue) override;
  uint64_t kick_delay_ns() const override { return kKickDelayNs; }
  void reset() override { server_.end_session(); }
  void visit(Archive& archive) override { server_.visit(archive); }

 private:
  VirtioP9(FileTree& tree, std::string tag, std::function<FileTime()> now);
  uint32_t answer(const DescriptorChain& chain);

  std::string tag_;
  P9Server server_;
  std::vector<std::byte> message_, reply_;
};

}  // namespace vireo
