// CPUID leaves and model names.
#include "cpu/cpu_model.h"

#include <doctest/doctest.h>

#include <cstring>
#include <string>

#include "cpu/state/cpu_state.h"

namespace vireo {
namespace {

CpuidResult leaf(const char* model, uint32_t number, uint32_t subleaf = 0) {
  return cpuid(CpuModel::named(model).value(), number, subleaf, CpuidContext{});
}

std::string brand(const char* model) {
  std::string text;
  for (uint32_t number = 0x80000002; number <= 0x80000004; ++number) {
    const CpuidResult r = leaf(model, number);
    text.append(reinterpret_cast<const char*>(&r), sizeof(r));
  }
  return text.c_str();
}

TEST_CASE("an unknown model is an error that lists the known ones") {
  const auto result = CpuModel::named("pentium");
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message.find("pentium") != std::string::npos);
  CHECK(result.error().message.ends_with("x86-64-v1, x86-64-v2, x86-64-v3, qemu64, max"));
}

TEST_CASE("qemu64 is what QEMU 7.2 shows under TCG, but for SVM") {
  const CpuidResult vendor = leaf("qemu64", 0);
  CHECK(vendor.eax == 0xd);
  CHECK(vendor.ebx == 0x68747541);
  const CpuidResult features = leaf("qemu64", 1);
  CHECK(features.eax == 0x00060fb1);
  CHECK(features.ebx == 0x00000800);
  CHECK(features.ecx == 0x80002001);
  CHECK(features.edx == 0x078bfbfd);
  const CpuidResult extended = leaf("qemu64", 0x80000001);
  CHECK(extended.ecx == 1);
  CHECK(extended.edx == 0x2193fbfd);
  CHECK(leaf("qemu64", 0x80000008).eax == 0x3028);
  CHECK(brand("qemu64") == "QEMU Virtual CPU version 2.5+");
}

TEST_CASE("x86-64-v2 has every feature of that level") {
  const CpuidResult features = leaf("x86-64-v2", 1);
  const uint32_t wanted = 1u << 0 | 1u << 9 | 1u << 13 | 1u << 19 | 1u << 20 | 1u << 23;
  CHECK((features.ecx & wanted) == wanted);
  CHECK((leaf("x86-64-v2", 0x80000001).ecx & 1) == 1);
}

TEST_CASE("x86-64-v1 is x86-64-v2 without what the second level adds") {
  const uint64_t v1 = CpuModel::named("x86-64-v1").value().features();
  const uint64_t v2 = CpuModel::named("x86-64-v2").value().features();
  uint64_t added = 0;
  for (const CpuFeature feature : {kFeatSse3, kFeatSsse3, kFeatSse41, kFeatSse42, kFeatPopcnt,
                                   kFeatCx16, kFeatLahf64}) {
    added |= feature_bit(feature);
  }
  CHECK((v1 & added) == 0);
  CHECK((v1 | added) == v2);
}

TEST_CASE("x86-64-v3 is x86-64-v2 with what the third level adds") {
  const uint64_t v2 = CpuModel::named("x86-64-v2").value().features();
  const uint64_t v3 = CpuModel::named("x86-64-v3").value().features();
  uint64_t added = 0;
  for (const CpuFeature feature : {kFeatXsave, kFeatAvx, kFeatAvx2, kFeatBmi1, kFeatBmi2,
                                   kFeatF16c, kFeatFma, kFeatLzcnt, kFeatMovbe}) {
    added |= feature_bit(feature);
  }
  CHECK((v2 & added) == 0);
  CHECK((v2 | added) == v3);
}

TEST_CASE("no model offers more than max") {
  const uint64_t max = CpuModel::named("max").value().features();
  for (const std::string_view name : CpuModel::names()) {
    CAPTURE(name);
    CHECK((CpuModel::named(name).value().features() & ~max) == 0);
  }
}

TEST_CASE("no model offers VMX, and the older ones neither XSAVE nor AVX") {
  for (const char* model : {"x86-64-v2", "qemu64", "max"}) {
    CAPTURE(model);
    CHECK((leaf(model, 1).ecx & 1u << 5) == 0);
  }
  for (const char* model : {"x86-64-v2", "qemu64"}) {
    CAPTURE(model);
    const uint32_t refused = 1u << 12 | 1u << 26 | 1u << 27 | 1u << 28;
    CHECK((leaf(model, 1).ecx & refused) == 0);
    CHECK((leaf(model, 7).ebx & 1u << 5) == 0);
    CHECK(leaf(model, 0xd).eax == 0);
  }
}

TEST_CASE("leaf 0xd tells the components of the XSAVE area and what is in use of it") {
  CpuidContext context;
  const CpuModel model = CpuModel::named("max").value();
  CHECK(cpuid(model, 0xd, 0, context).eax == 0x207);
  CHECK(cpuid(model, 0xd, 0, context).ebx == 576);
  CHECK(cpuid(model, 0xd, 0, context).ecx == 840);
  context.xcr0 = 7;
  CHECK(cpuid(model, 0xd, 0, context).ebx == 832);
  CHECK(cpuid(model, 0xd, 1, context).eax == 7);
  CHECK(cpuid(model, 0xd, 1, context).ebx == 832);
  context.xcr0 = 0x203;
  CHECK(cpuid(model, 0xd, 0, context).ebx == 840);
  CHECK(cpuid(model, 0xd, 1, context).ebx == 584);
  CHECK(cpuid(model, 0xd, 2, context).eax == 256);
  CHECK(cpuid(model, 0xd, 2, context).ebx == 576);
  CHECK(cpuid(model, 0xd, 9, context).eax == 8);
  CHECK(cpuid(model, 0xd, 9, context).ebx == 832);
  CHECK(cpuid(model, 0xd, 3, context).eax == 0);
}

TEST_CASE("the TSC and the APIC timer run at 1 GHz, and the guest is told") {
  const CpuidResult tsc = leaf("x86-64-v2", 0x15);
  CHECK(tsc.eax == 1);
  CHECK(tsc.ebx == 1);
  CHECK(tsc.ecx == 1'000'000'000);
  CHECK((leaf("x86-64-v2", 0x80000007).edx & 1u << 8) != 0);
}

TEST_CASE("APIC state shows through") {
  CpuidContext context;
  context.apic_enabled = false;
  context.apic_id = 3;
  const CpuidResult r = cpuid(CpuModel::named("max").value(), 1, 0, context);
  CHECK((r.edx & 1u << 9) == 0);
  CHECK((r.ebx >> 24) == 3);
}

TEST_CASE("CPUID shows what CR4 holds of OSXSAVE and PKE") {
  constexpr uint32_t kOsxsave = 1u << 27, kOspke = 1u << 4;
  const CpuModel max = CpuModel::named("max").value();
  for (const uint64_t cr4 : {uint64_t{0}, uint64_t{kCr4Osxsave}, uint64_t{kCr4Pke}}) {
    CpuidContext context;
    context.cr4 = cr4;
    CHECK(((cpuid(max, 1, 0, context).ecx & kOsxsave) != 0) == (cr4 == kCr4Osxsave));
    CHECK(((cpuid(max, 7, 0, context).ecx & kOspke) != 0) == (cr4 == kCr4Pke));
  }
}

TEST_CASE("the leaf of hypervisors names this one, and tells of no interface") {
  for (const char* model : {"qemu64", "x86-64-v3", "max"}) {
    CHECK((leaf(model, 1).ecx & 1u << 31) != 0);
    const CpuidResult r = leaf(model, 0x40000000);
    CHECK(r.eax == 0x40000000);
    const std::string name(reinterpret_cast<const char*>(&r.ebx), 3 * sizeof(r.ebx));
    CHECK(name == std::string("vireovireo\0\0", 12));
  }
}

TEST_CASE("topology is one thread in one core") {
  CHECK(leaf("max", 0xb, 0).ebx == 1);
  CHECK(leaf("max", 0xb, 0).ecx == 0x100);
  CHECK(leaf("max", 0xb, 1).ecx == 0x201);
  CHECK(leaf("max", 0xb, 2).ebx == 0);
}

}  // namespace
}  // namespace vireo
