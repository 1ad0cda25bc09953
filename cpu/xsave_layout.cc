#include "cpu/xsave_layout.h"

#include <algorithm>

namespace vireo {
namespace {

constexpr unsigned kComponents = 63;

struct Row {
  unsigned number;
  CpuFeature feature;
  XsaveComponent component;
};
constexpr Row kRows[] = {
    {2, kFeatAvx, {256, 576}},
    {9, kFeatPku, {8, 832}},
};

}  // namespace

XsaveComponent xsave_component(const CpuModel& model, unsigned number) {
  for (const Row& row : kRows) {
    if (row.number == number && model.has(row.feature)) return row.component;
  }
  return {};
}

uint64_t xsave_components(const CpuModel& model) {
  if (!model.has(kFeatXsave)) return 0;
  uint64_t bits = kXsaveX87 | kXsaveSse;
  for (const Row& row : kRows) {
    if (model.has(row.feature)) bits |= uint64_t{1} << row.number;
  }
  return bits;
}

unsigned xsave_compact_offset(const CpuModel& model, uint64_t bits, unsigned number) {
  unsigned offset = kXsaveFixedBytes;
  for (unsigned i = 2; i < number; ++i) {
    if (bits >> i & 1) offset += xsave_component(model, i).size;
  }
  return offset;
}

unsigned xsave_compact_size(const CpuModel& model, uint64_t bits) {
  return xsave_compact_offset(model, bits, kComponents);
}

unsigned xsave_standard_size(const CpuModel& model, uint64_t bits) {
  unsigned size = kXsaveFixedBytes;
  for (unsigned i = 2; i < kComponents; ++i) {
    const XsaveComponent c = xsave_component(model, i);
    if (bits >> i & 1) size = std::max(size, c.offset + c.size);
  }
  return size;
}

CpuidResult xsave_leaf(const CpuModel& model, uint32_t subleaf, uint64_t xcr0) {
  const uint64_t all = xsave_components(model);
  if (all == 0 || subleaf >= kComponents) return {};
  if (subleaf == 0) {
    return {static_cast<uint32_t>(all), xsave_standard_size(model, xcr0),
            xsave_standard_size(model, all), static_cast<uint32_t>(all >> 32)};
  }
  if (subleaf == 1) {
    return {0, model.has(kFeatXsavec) ? xsave_compact_size(model, xcr0) : 0, 0, 0};
  }
  const XsaveComponent c = xsave_component(model, subleaf);
  return {c.size, c.offset, 0, 0};
}

}  // namespace vireo
