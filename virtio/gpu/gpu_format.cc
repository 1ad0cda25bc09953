#include "virtio/gpu/gpu_format.h"

namespace vireo {
namespace {

constexpr GpuFormat kFormats[] = {
    {1, 16, 8, 0, 24},              // B8G8R8A8
    {2, 16, 8, 0, std::nullopt},    // B8G8R8X8
    {3, 8, 16, 24, 0},              // A8R8G8B8
    {4, 8, 16, 24, std::nullopt},   // X8R8G8B8
    {67, 0, 8, 16, 24},             // R8G8B8A8
    {68, 24, 16, 8, std::nullopt},  // X8B8G8R8
    {121, 24, 16, 8, 0},            // A8B8G8R8
    {134, 0, 8, 16, std::nullopt},  // R8G8B8X8
};

}  // namespace

const GpuFormat* find_gpu_format(uint32_t number) {
  for (const GpuFormat& format : kFormats) {
    if (format.number == number) return &format;
  }
  return nullptr;
}

}  // namespace vireo
