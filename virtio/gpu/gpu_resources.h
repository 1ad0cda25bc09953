// All resources of a virtio-gpu device by their numbers, within a bound of memory.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "machine/base/archive.h"
#include "virtio/gpu/gpu_resource.h"

namespace vireo {

class GpuResources {
 public:
  // `most`: bytes of the host's memory that all of them may take.
  explicit GpuResources(uint64_t most) : most_(most) {}

  // kOkNodata, or why not.
  virtio_gpu::Type create(const virtio_gpu::ResourceCreate2d& wanted);
  virtio_gpu::Type attach(GpuResource& resource, std::vector<virtio_gpu::MemEntry> entries);
  void detach(GpuResource& resource);
  // Null when there is none.
  GpuResource* find(uint32_t id);
  const GpuResource* find(uint32_t id) const;
  void erase(uint32_t id);
  void clear();

  void visit(Archive& archive);

 private:
  bool room_for(uint64_t bytes) const { return bytes <= most_ && used_ <= most_ - bytes; }
  bool count(const GpuResource& resource);

  uint64_t most_;
  uint64_t used_ = 0;
  std::map<uint32_t, GpuResource> all_;
};

}  // namespace vireo
