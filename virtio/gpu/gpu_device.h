// virtio-gpu: a graphics card whose driver draws into guest memory and tells what to show of it;
// two dimensions, no 3D (VirtIO 1.4 section 5.7).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "machine/base/picture.h"
#include "virtio/device.h"
#include "virtio/gpu/gpu_options.h"
#include "virtio/gpu/gpu_resources.h"
#include "virtio/gpu/gpu_scanout.h"
#include "virtio/queue/chain_io.h"

namespace vireo {

// Resources' backings are the one place where the device reads guest memory that no chain names:
// drivers name it once, by attach_backing. Commands are done when they are answered, so fences
// need no waiting. Only the first display is connected; others are for drivers that like to set
// them up all the same. As a screen it shows the first one, black while that is off.
class VirtioGpu final : public VirtioDevice, public Screen {
 public:
  static constexpr uint64_t kKickDelayNs = 1'000;
  static constexpr unsigned kCommandsPerEvent = 16;

  explicit VirtioGpu(const VirtioGpuOptions& options);

  uint16_t type_id() const override { return virtio_type::kGpu; }
  uint64_t device_features() const override { return options_.edid ? virtio_gpu::kEdid : 0; }
  unsigned queue_count() const override { return 2; }
  uint16_t max_queue_size(unsigned index) const override { return index == 0 ? 64 : 16; }
  uint32_t config_size() const override { return sizeof(virtio_gpu::Config); }
  void read_config(std::span<std::byte> out) const override;
  void write_config(uint32_t offset, std::span<const std::byte> bytes) override;
  QueueWork process_queue(unsigned index, Virtqueue& queue) override;
  uint64_t kick_delay_ns() const override { return kKickDelayNs; }
  void reset() override;
  void visit(Archive& archive) override;

  // Screen.
  Picture picture() override;
  bool changed() override;
  bool in_use() override { return scanouts_[0].resource_id != 0; }
  // The display gets another size of its own, which the driver is told.
  void offer_size(PictureSize size) override;

 private:
  using Type = virtio_gpu::Type;
  struct Answer {
    Type type;
    std::vector<std::byte> body = {};
  };
  template <typename Body, typename Handler>
  Answer with(ChainReader& reader, Handler handler);

  void serve(const DescriptorChain& chain, Virtqueue& queue);
  Answer obey(Type command, ChainReader& body);
  Answer obey_resource_command(Type command, ChainReader& body);
  Answer display_info() const;
  Answer edid(const virtio_gpu::GetEdid& asked) const;
  Type unref(uint32_t id);
  Type set_scanout(const virtio_gpu::SetScanout& wanted);
  Type flush(const virtio_gpu::ResourceFlush& wanted);
  Type transfer(const virtio_gpu::TransferToHost2d& wanted);
  Type attach(const virtio_gpu::AttachBacking& wanted, ChainReader& entries);
  Type detach(uint32_t id);
  Type update_cursor(const virtio_gpu::UpdateCursor& wanted);
  Type move_cursor(const virtio_gpu::CursorPlace& wanted);
  bool shown(uint32_t id) const { return scanouts_[0].resource_id == id; }

  VirtioGpuOptions options_;
  PictureSize size_;  // of the first display
  uint32_t events_ = 0;
  GpuResources resources_;
  std::vector<GpuScanout> scanouts_;
  bool changed_ = true;
};

}  // namespace vireo
