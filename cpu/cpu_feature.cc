#include "cpu/cpu_feature.h"

#include <array>

namespace vireo {

std::span<const CpuFeatureRow> cpu_feature_rows() {
  static constexpr auto kRows = std::to_array<CpuFeatureRow>({
#define VIREO_FEATURE(id, name, leaf, reg, position) \
  {id, name, leaf, CpuidRegister::kE##reg, position},
#include "cpu/cpu_features.def"
#undef VIREO_FEATURE
  });
  return kRows;
}

}  // namespace vireo
