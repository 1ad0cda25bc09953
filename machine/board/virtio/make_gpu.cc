// virtio-gpu: a graphics card; who looks at it finds it among the devices.
#include "machine/board/virtio/make_virtio.h"
#include "virtio/gpu/gpu_device.h"

namespace vireo {

Result<MadeVirtio> make_virtio(const GpuConfig& type, const VirtioDeviceConfig&,
                               const VirtioMaterial&) {
  return MadeVirtio{nullptr, std::make_unique<VirtioGpu>(type.options)};
}

}  // namespace vireo
