// virtio-9p: a folder of the host.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "machine/board/virtio/make_virtio.h"
#include "virtio/p9/p9_device.h"

namespace vireo {
namespace {

struct SharedFolder final : VirtioBackEnd {
  explicit SharedFolder(std::unique_ptr<FileTree> shared) : tree(std::move(shared)) {}
  std::unique_ptr<FileTree> tree;
};

// The guest's clock, as far as the guest did not set it.
std::function<FileTime()> guest_clock(const VirtioMaterial& material) {
  return [&clock = material.core.clock, &start = material.rtc_start_seconds] {
    constexpr uint64_t kNsPerSecond = 1'000'000'000;
    const uint64_t now = clock.now_ns();
    return FileTime{start + static_cast<int64_t>(now / kNsPerSecond),
                    static_cast<uint32_t>(now % kNsPerSecond)};
  };
}

}  // namespace

Result<MadeVirtio> make_virtio(const P9Config& type, const VirtioDeviceConfig& device,
                               const VirtioMaterial& material) {
  const auto& folders = material.config.folders;
  const auto folder = std::find_if(folders.begin(), folders.end(), [&](const FolderConfig& known) {
    return known.id == type.folder;
  });
  if (folder == folders.end()) {
    return Error{
        fmt::format("-device {0}: there is no -fsdev '{1}'; give -fsdev local,id={1},path=FOLDER",
                    device.model, type.folder)};
  }
  auto tree = material.host.open_folder(folder->spec);
  if (!tree) return tree.error();
  auto shared = std::make_unique<SharedFolder>(std::move(*tree));
  auto made = VirtioP9::create(*shared->tree, type.options, guest_clock(material));
  if (!made) return Error{fmt::format("-device {}: {}", device.model, made.error().message)};
  return MadeVirtio{std::move(shared), std::move(*made)};
}

}  // namespace vireo
