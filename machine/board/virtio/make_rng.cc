// virtio-rng: random bytes from the seed or from a file of the host.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "machine/board/virtio/make_virtio.h"
#include "virtio/rng/rng_device.h"

namespace vireo {
namespace {

// Each device has a stream of its own.
uint64_t seed_of(const VirtioDeviceConfig& device, const VirtioMaterial& material) {
  const auto& all = material.config.virtio_devices;
  const auto at = std::find_if(all.begin(), all.end(),
                               [&](const VirtioDeviceConfig& other) { return &other == &device; });
  const auto place = static_cast<uint64_t>(at - all.begin());
  return material.seed ^ 0x766972740000u ^ (place << 48);
}

Result<std::unique_ptr<EntropySource>> open_source(const RngConfig& rng,
                                                   const VirtioDeviceConfig& device,
                                                   const VirtioMaterial& material) {
  const auto& known = material.config.entropy_sources;
  const auto at = std::find_if(known.begin(), known.end(), [&](const EntropySourceConfig& source) {
    return source.id == rng.source;
  });
  if (at == known.end() && !rng.source.empty()) {
    return Error{
        fmt::format("-device {0}: there is no random source '{1}'; give -object rng-builtin,id={1}",
                    device.model, rng.source)};
  }
  if (at != known.end() && !at->path.empty()) return material.host.open_entropy(at->path);
  return std::unique_ptr<EntropySource>(std::make_unique<SeededEntropy>(seed_of(device, material)));
}

}  // namespace

Result<MadeVirtio> make_virtio(const RngConfig& type, const VirtioDeviceConfig& device,
                               const VirtioMaterial& material) {
  auto source = open_source(type, device, material);
  if (!source) return source.error();
  return MadeVirtio{
      nullptr, std::make_unique<VirtioRng>(std::move(*source), type.options, material.core.events)};
}

}  // namespace vireo
