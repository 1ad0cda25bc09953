// CPU models: what CPUID tells the guest, and what the decoder therefore admits.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "cpu/cpu_feature.h"
#include "cpu/cpu_topology.h"
#include "machine/base/result.h"

namespace vireo {

// A set of features is a word with bit `feature` for each.
constexpr uint64_t feature_bit(CpuFeature feature) { return uint64_t{1} << feature; }

class CpuModel {
 public:
  // "x86-64-v3" (the default), "qemu64", "max", ...; anything else is an Error
  // that lists what there is.
  static Result<CpuModel> named(std::string_view name);
  // "NAME[,+feature][,-feature][,feature=on|off]..." as -cpu takes it
  // (cpu/cpu_model_spec.cc says what features do to each other).
  static Result<CpuModel> parse(std::string_view spec);
  static std::vector<std::string_view> names();

  // The same model with exactly these features; each must be one of max's.
  CpuModel with_features(uint64_t bits) const;
  uint64_t features() const { return bits_; }

  bool has(CpuFeature feature) const { return feature == kFeatNone || (bits_ >> feature & 1); }
  std::string_view name() const { return name_; }
  // Vendor AuthenticAMD: SYSCALL works in compatibility mode, SYSENTER not in
  // long mode. Otherwise the vendor is GenuineIntel and it is the other way round.
  bool is_amd() const { return amd_; }

 private:
  friend struct CpuModelTable;
  std::string_view name_;
  uint64_t bits_ = 0;
  bool amd_ = false;
};

// State that shows through CPUID: OSXSAVE, size of the XSAVE area in use, APIC
// enabled, APIC id; and the machine's processors.
struct CpuidContext {
  uint64_t cr4 = 0;
  uint64_t xcr0 = 1;
  bool monitor_enabled = true;  // by IA32_MISC_ENABLE
  bool apic_enabled = true;
  uint32_t apic_id = 0;
  CpuTopology topology;
};
CpuidResult cpuid(const CpuModel& model, uint32_t leaf, uint32_t subleaf,
                  const CpuidContext& context);

}  // namespace vireo
