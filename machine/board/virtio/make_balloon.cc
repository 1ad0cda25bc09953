// virtio-balloon: nothing stands behind it but the machine's own memory.
#include <algorithm>
#include <utility>

#include "machine/board/virtio/make_virtio.h"
#include "machine/host/host_ram.h"
#include "virtio/balloon/balloon_device.h"

namespace vireo {
namespace {

// Page by page: neighbours of the guest may lie in different regions.
void release(const GuestMemory& memory, GuestAddr first, uint64_t bytes) {
  for (uint64_t at = 0; at < bytes; at += kPageSize) {
    const HostPage page = memory.host_page(first + at);
    if (page.writable) release_pages(page.bytes, kPageSize);
  }
}

}  // namespace

Result<MadeVirtio> make_virtio(const BalloonConfig& type, const VirtioDeviceConfig&,
                               const VirtioMaterial& material) {
  const GuestMemory& memory = material.core.memory;
  auto balloon = std::make_unique<VirtioBalloon>(
      type.options, material.core.events,
      [&memory](GuestAddr first, uint64_t bytes) { release(memory, first, bytes); });
  const uint64_t ram = material.config.memory_bytes;
  balloon->set_on_actual([&news = material.news, device = balloon.get(), ram] {
    const uint64_t inside = device->actual_pages() * virtio_balloon::kPageBytes;
    news.tell({.kind = MachineEvent::Kind::kBalloonChange, .bytes = ram - std::min(inside, ram)});
  });
  return MadeVirtio{nullptr, std::move(balloon)};
}

}  // namespace vireo
