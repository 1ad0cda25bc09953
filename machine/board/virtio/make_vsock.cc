// virtio-vsock: the guest's sockets end in unix sockets of the host.
#include <fmt/format.h>

#include <utility>

#include "machine/board/virtio/make_virtio.h"
#include "machine/board/virtio/polled_device.h"
#include "virtio/vsock/vsock_device.h"

namespace vireo {

Result<MadeVirtio> make_virtio(const VsockConfig& type, const VirtioDeviceConfig& device,
                               const VirtioMaterial& material) {
  auto outside = material.host.open_vsock(type.path);
  if (!outside) {
    return Error{fmt::format("-device {}: {}", device.model, outside.error().message)};
  }
  using BackEnd = PolledDevice<VirtioVsock, std::unique_ptr<VsockHost>>;
  auto back_end = std::make_unique<BackEnd>(material.input, std::move(*outside));
  auto vsock = std::make_unique<VirtioVsock>(*back_end->outside(), type.options);
  back_end->connect(*vsock);
  return MadeVirtio{std::move(back_end), std::move(vsock)};
}

}  // namespace vireo
