// virtio-input: a keyboard, mouse or tablet; what a user does comes by press_keys.h.
#include "machine/board/virtio/make_virtio.h"
#include "virtio/input/input_device.h"

namespace vireo {

Result<MadeVirtio> make_virtio(const InputConfig& type, const VirtioDeviceConfig&,
                               const VirtioMaterial&) {
  return MadeVirtio{nullptr, std::make_unique<VirtioInput>(type.options)};
}

}  // namespace vireo
