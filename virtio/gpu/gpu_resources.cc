#include "virtio/gpu/gpu_resources.h"

#include <utility>

namespace vireo {

using virtio_gpu::Type;

Type GpuResources::create(const virtio_gpu::ResourceCreate2d& wanted) {
  if (wanted.resource_id == 0 || find(wanted.resource_id) != nullptr) {
    return Type::kErrInvalidResourceId;
  }
  if (find_gpu_format(wanted.format) == nullptr || wanted.width == 0 || wanted.height == 0) {
    return Type::kErrInvalidParameter;
  }
  const uint64_t pixels = uint64_t{wanted.width} * wanted.height;
  const bool fits = pixels <= most_ / GpuResource::kBytesPerPixel &&
                    room_for(GpuResource::cost(wanted.width, wanted.height, 0));
  if (!fits) return Type::kErrOutOfMemory;
  all_.try_emplace(wanted.resource_id, wanted.format, wanted.width, wanted.height);
  used_ += all_.at(wanted.resource_id).cost();
  return Type::kOkNodata;
}

Type GpuResources::attach(GpuResource& resource, std::vector<virtio_gpu::MemEntry> entries) {
  const uint64_t more = GpuResource::cost(0, 0, entries.size()) - GpuResource::cost(0, 0, 0);
  if (!room_for(more)) return Type::kErrOutOfMemory;
  resource.attach(std::move(entries));
  used_ += more;
  return Type::kOkNodata;
}

void GpuResources::detach(GpuResource& resource) {
  used_ -= resource.cost();
  resource.attach({});
  used_ += resource.cost();
}

void GpuResources::erase(uint32_t id) {
  const auto at = all_.find(id);
  if (at == all_.end()) return;
  used_ -= at->second.cost();
  all_.erase(at);
}

void GpuResources::clear() {
  all_.clear();
  used_ = 0;
}

GpuResource* GpuResources::find(uint32_t id) {
  const auto at = all_.find(id);
  return at == all_.end() ? nullptr : &at->second;
}

const GpuResource* GpuResources::find(uint32_t id) const {
  return const_cast<GpuResources*>(this)->find(id);
}

void GpuResources::visit(Archive& archive) {
  std::vector<uint32_t> ids;
  for (const auto& [id, resource] : all_) ids.push_back(id);
  archive.io(ids, static_cast<uint32_t>(most_ / GpuResource::cost(1, 1, 0)));
  if (!archive.saving()) clear();
  for (const uint32_t id : ids) {
    GpuResource& resource = all_[id];
    if (!archive.saving() && (id == 0 || resource.width() != 0)) archive.fail();
    resource.visit(archive, most_ - used_);
    if (!archive.saving() && !count(resource)) archive.fail();
    if (!archive.ok()) return;
  }
}

bool GpuResources::count(const GpuResource& resource) {
  if (!room_for(resource.cost())) return false;
  used_ += resource.cost();
  return true;
}

}  // namespace vireo
