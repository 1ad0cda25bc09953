// CPUID (SDM 2A "CPUID"; AMD APM 3 appendix E for the extended leaves).
#include "cpu/cpu_model.h"

#include <array>
#include <initializer_list>
#include <span>
#include <string>

#include "cpu/mmu/address_width.h"
#include "cpu/state/cpu_state.h"
#include "cpu/state/store_monitor.h"
#include "cpu/xsave_layout.h"

namespace vireo {
namespace {

constexpr uint64_t features(std::initializer_list<CpuFeature> list) {
  uint64_t bits = 0;
  for (const CpuFeature feature : list) bits |= feature_bit(feature);
  return bits;
}

constexpr uint64_t kBase64 = features({kFeatMmx, kFeatFxsr, kFeatSse, kFeatSse2, kFeatClflush});

constexpr uint64_t kV2 =
    kBase64 | features({kFeatSse3,     kFeatSsse3,     kFeatSse41,  kFeatSse42,       kFeatPopcnt,
                        kFeatCx16,     kFeatLahf64,    kFeatRdrand, kFeatRdseed,      kFeatRdtscp,
                        kFeatPcid,     kFeatInvpcid,   kFeatSmep,   kFeatSmap,        kFeatUmip,
                        kFeatFsgsbase, kFeat1gPages,   kFeatX2apic, kFeatTscDeadline, kFeatErms,
                        kFeatArchCaps, kFeatClflushopt, kFeatTscAdjust, kFeatVme});

// The first level of the psABI: without what the second adds.
constexpr uint64_t kV1 = kV2 & ~features({kFeatSse3, kFeatSsse3, kFeatSse41, kFeatSse42,
                                          kFeatPopcnt, kFeatCx16, kFeatLahf64});

// The third level: what it adds to the second, and nothing else.
constexpr uint64_t kV3 =
    kV2 | features({kFeatXsave, kFeatAvx, kFeatAvx2, kFeatBmi1, kFeatBmi2, kFeatF16c, kFeatFma,
                    kFeatLzcnt, kFeatMovbe});

// What the core can do beyond that.
constexpr uint64_t kMax =
    kV2 | features({kFeatRdpid, kFeatLa57, kFeatPku, kFeatMonitor}) |
    features({kFeatMovbe, kFeatAdx, kFeatLzcnt, kFeatClwb, kFeatPrefetchw, kFeatBmi1,
              kFeatBmi2, kFeatAes, kFeatPclmul, kFeatSha, kFeatFma, kFeatF16c}) |
    features({kFeatXsave, kFeatXsaveopt, kFeatXsavec, kFeatXgetbv1, kFeatAvx, kFeatAvx2});

constexpr uint64_t kQemu64 = kBase64 | features({kFeatSse3, kFeatCx16, kFeatLahf64});

// The identity behind a name. Linux decides by vendor, family and model which
// speculation bugs a processor has. An Atom of 2011 (family 6, model 0x36) is
// one of the few 64-bit processors that it holds to be free of all of them,
// because it executes in order and does not speculate; that is exactly true of
// an interpreter as well, and spares the guest retpolines, page-table isolation
// and buffer clearing. An Intel identity is also what makes Linux believe the
// frequencies in leaf 0x15.
struct Identity {
  std::string_view name;
  std::string_view brand;  // at most 47 characters
  bool amd;
  uint32_t signature;  // leaf 1 EAX
  uint32_t max_leaf, max_extended;
  uint64_t features;
};

constexpr std::array<Identity, 5> kModels{{
    {"x86-64-v1", "vireo x86-64 processor, level 1", false, 0x00030661, 0x16, 0x80000008, kV1},
    {"x86-64-v2", "vireo x86-64-v2 processor", false, 0x00030661, 0x16, 0x80000008, kV2},
    {"x86-64-v3", "vireo x86-64-v3 processor", false, 0x00030661, 0x16, 0x80000008, kV3},
    {"qemu64", "QEMU Virtual CPU version 2.5+", true, 0x00060fb1, 0x0d, 0x8000000a, kQemu64},
    {"max", "vireo x86-64 processor", false, 0x00030661, 0x1f, 0x80000008, kMax},
}};

}  // namespace

struct CpuModelTable {
  static CpuModel make(const Identity& identity) {
    CpuModel model;
    model.name_ = identity.name;
    model.bits_ = identity.features;
    model.amd_ = identity.amd;
    return model;
  }
};

namespace {

const Identity& identity_of(const CpuModel& model) {
  for (const Identity& identity : kModels) {
    if (identity.name == model.name()) return identity;
  }
  return kModels[0];
}

// The bits that the table of features puts into `reg` of `leaf`.
uint32_t feature_bits(const CpuModel& model, uint32_t leaf, CpuidRegister reg) {
  uint32_t bits = 0;
  for (const CpuFeatureRow& row : cpu_feature_rows()) {
    if (row.leaf == leaf && row.reg == reg && model.has(row.feature)) bits |= 1u << row.position;
  }
  return bits;
}

uint32_t four_letters(std::string_view text, size_t at) {
  uint32_t word = 0;
  for (size_t i = 0; i < 4; ++i) {
    const uint8_t letter = at + i < text.size() ? static_cast<uint8_t>(text[at + i]) : 0;
    word |= uint32_t{letter} << 8 * i;
  }
  return word;
}

CpuidResult vendor_leaf(uint32_t max_leaf, std::string_view vendor) {
  return {max_leaf, four_letters(vendor, 0), four_letters(vendor, 8), four_letters(vendor, 4)};
}

// The leaves that hypervisors agree on begin with a name in the order of the registers, which is
// not that of leaf 0; there are no more of them.
constexpr uint32_t kHypervisorLeaf = 0x40000000;

CpuidResult hypervisor_leaf() {
  constexpr std::string_view kName = "vireovireo";
  return {kHypervisorLeaf, four_letters(kName, 0), four_letters(kName, 4), four_letters(kName, 8)};
}

std::string_view vendor_name(const CpuModel& model) {
  return model.is_amd() ? "AuthenticAMD" : "GenuineIntel";
}

// FPU DE PSE TSC MSR PAE MCE CX8 SEP MTRR PGE MCA CMOV PAT PSE36: always there.
constexpr uint32_t kLeaf1Edx = 1u << 0 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 6 | 1u << 7 |
                               1u << 8 | 1u << 11 | 1u << 12 | 1u << 13 | 1u << 14 | 1u << 15 |
                               1u << 16 | 1u << 17;
constexpr uint32_t kEdxApic = 1u << 9, kEdxHtt = 1u << 28;
constexpr uint32_t kEcxMonitor = 1u << 3, kEcxOsxsave = 1u << 27, kEcxHypervisor = 1u << 31;
constexpr uint32_t kEcxOspke = 1u << 4;  // leaf 7

CpuidResult feature_leaf(const CpuModel& model, const CpuidContext& context) {
  CpuidResult r;
  r.eax = identity_of(model).signature;
  const bool many = context.topology.package_threads() > 1;
  // CLFLUSH line of 8 quadwords; a lone processor is counted by Intel only.
  r.ebx = context.apic_id << 24 | 8u << 8 |
          (model.is_amd() && !many ? 0 : context.topology.package_ids() << 16);
  r.ecx = feature_bits(model, 1, CpuidRegister::kEcx) | kEcxHypervisor |
          (context.cr4 & kCr4Osxsave ? kEcxOsxsave : 0);
  if (!context.monitor_enabled) r.ecx &= ~kEcxMonitor;
  r.edx = feature_bits(model, 1, CpuidRegister::kEdx) | kLeaf1Edx |
          (context.apic_enabled ? kEdxApic : 0) | (many ? kEdxHtt : 0);
  return r;
}

// Lines of 64 bytes; interrupts end MWAIT even while they are off, if asked to; one
// kind of C1 beside C0, no deeper states.
CpuidResult monitor_leaf(const CpuModel& model) {
  if (!model.has(kFeatMonitor)) return {};
  constexpr uint32_t kExtensions = 1u << 0, kBreakOnInterrupt = 1u << 1;
  return {StoreMonitor::kLineBytes, StoreMonitor::kLineBytes, kExtensions | kBreakOnInterrupt,
          1u << 4};
}

CpuidResult structured_leaf(const CpuModel& model, uint32_t subleaf, const CpuidContext& context) {
  if (subleaf != 0) return {};
  const uint32_t ospke = context.cr4 & kCr4Pke ? kEcxOspke : 0;
  return {0, feature_bits(model, 7, CpuidRegister::kEbx),
          feature_bits(model, 7, CpuidRegister::kEcx) | ospke,
          feature_bits(model, 7, CpuidRegister::kEdx)};
}

CpuidResult extended_state_leaf(const CpuModel& model, uint32_t subleaf,
                                const CpuidContext& context) {
  CpuidResult r = xsave_leaf(model, subleaf, context.xcr0);
  if (subleaf == 1) r.eax = feature_bits(model, 0xd, CpuidRegister::kEax);
  return r;
}

// MMX and FXSR, which leaf 1 shows at the same places.
constexpr uint32_t kAmdEdxAlike = 1u << 23 | 1u << 24;

// Several processors in the package are cores, not threads.
constexpr uint32_t kAmdEcxCmpLegacy = 1u << 1;

constexpr uint32_t kHertz = 1'000'000'000;  // of the TSC and of the APIC timer
constexpr uint32_t kMegahertz = 1000;

CpuidResult extended_features_leaf(const CpuModel& model, const CpuidContext& context) {
  CpuidResult r;
  r.ecx = feature_bits(model, 0x80000001, CpuidRegister::kEcx);
  // SYSCALL, NX, long mode.
  r.edx = feature_bits(model, 0x80000001, CpuidRegister::kEdx) | 1u << 11 | 1u << 20 | 1u << 29;
  // AMD repeats leaf 1's EDX here, but for the bits that are other things.
  if (model.is_amd()) {
    r.eax = identity_of(model).signature;
    if (context.topology.package_threads() > 1) r.ecx |= kAmdEcxCmpLegacy;
    r.edx |= kLeaf1Edx & ~(1u << 11) & 0x0183f3ff;
    r.edx |= (context.apic_enabled ? kEdxApic : 0) |
             (feature_bits(model, 1, CpuidRegister::kEdx) & kAmdEdxAlike);
  }
  return r;
}

CpuidResult brand_leaf(const CpuModel& model, uint32_t part) {
  const std::string_view brand = identity_of(model).brand;
  const size_t at = part * 16;
  return {four_letters(brand, at), four_letters(brand, at + 4), four_letters(brand, at + 8),
          four_letters(brand, at + 12)};
}

// TLBs and 64 KiB caches of the Athlon that qemu64 resembles (AMD APM 3 E.4.4).
CpuidResult first_level_caches(const CpuModel& model) {
  if (!model.is_amd()) return {};
  return {0x01ff01ff, 0x01ff01ff, 0x40020140, 0x40020140};
}

CpuidResult second_level_cache(const CpuModel& model) {
  if (!model.is_amd()) return {0, 0, 1024u << 16 | 6u << 12 | 64, 0};
  return {0, 0x42004200, 0x02008140, 0x00808140};
}

CpuidResult address_widths(const CpuModel& model, const CpuTopology& topology) {
  const unsigned linear = model.has(kFeatLa57) ? 57 : 48;
  return {linear << 8 | kPhysicalAddressBits, 0, model.is_amd() ? amd_core_count(topology) : 0, 0};
}

CpuidResult extended_leaf(const CpuModel& model, uint32_t leaf, const CpuidContext& context) {
  const Identity& identity = identity_of(model);
  switch (leaf) {
    case 0x80000000:
      if (!model.is_amd()) return {identity.max_extended, 0, 0, 0};
      return vendor_leaf(identity.max_extended, vendor_name(model));
    case 0x80000001:
      return extended_features_leaf(model, context);
    case 0x80000002:
    case 0x80000003:
    case 0x80000004:
      return brand_leaf(model, leaf - 0x80000002);
    case 0x80000005:
      return first_level_caches(model);
    case 0x80000006:
      return second_level_cache(model);
    // The TSC runs at one rate always.
    case 0x80000007:
      return {0, 0, 0, model.is_amd() ? 0 : 1u << 8};
    case 0x80000008:
      return address_widths(model, context.topology);
    default:
      return {};
  }
}

CpuidResult basic_leaf(const CpuModel& model, uint32_t leaf, uint32_t subleaf,
                       const CpuidContext& context) {
  switch (leaf) {
    case 0:
      return vendor_leaf(identity_of(model).max_leaf, vendor_name(model));
    case 1:
      return feature_leaf(model, context);
    // "Leaf 4 says it all" (descriptor 0xff).
    case 2:
      return model.is_amd() ? CpuidResult{} : CpuidResult{0x0000ff01, 0, 0, 0};
    case 4:
      return model.is_amd() ? CpuidResult{} : cache_leaf(context.topology, subleaf);
    case 5:
      return monitor_leaf(model);
    case 7:
      return structured_leaf(model, subleaf, context);
    case 0xb:
    case 0x1f:
      return topology_leaf(context.topology, subleaf, context.apic_id);
    case 0xd:
      return extended_state_leaf(model, subleaf, context);
    case 0x15:
      return model.is_amd() ? CpuidResult{} : CpuidResult{1, 1, kHertz, 0};
    case 0x16:
      if (model.is_amd()) return {};
      return {kMegahertz, kMegahertz, kMegahertz, 0};
    default:
      return {};
  }
}

}  // namespace

Result<CpuModel> CpuModel::named(std::string_view name) {
  std::string known;
  for (const Identity& identity : kModels) {
    if (identity.name == name) return CpuModelTable::make(identity);
    known += known.empty() ? "" : ", ";
    known += identity.name;
  }
  return Error{"-cpu " + std::string(name) + ": no such model; there are " + known};
}

std::vector<std::string_view> CpuModel::names() {
  std::vector<std::string_view> names;
  for (const Identity& identity : kModels) names.push_back(identity.name);
  return names;
}

CpuModel CpuModel::with_features(uint64_t bits) const {
  CpuModel model = *this;
  model.bits_ = bits & kMax;
  return model;
}

CpuidResult cpuid(const CpuModel& model, uint32_t leaf, uint32_t subleaf,
                  const CpuidContext& context) {
  const Identity& identity = identity_of(model);
  if (leaf >= 0x80000000 && leaf <= identity.max_extended) {
    return extended_leaf(model, leaf, context);
  }
  if (leaf == kHypervisorLeaf) return hypervisor_leaf();
  // Beyond the last basic leaf Intel processors repeat it.
  if (leaf > identity.max_leaf) leaf = identity.max_leaf;
  return basic_leaf(model, leaf, subleaf, context);
}

}  // namespace vireo
