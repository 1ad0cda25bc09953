// -cpu: changes to a model's features.
#include <doctest/doctest.h>

#include <string>

#include "cpu/cpu_model.h"

namespace vireo {
namespace {

CpuModel good(std::string_view spec) {
  const auto model = CpuModel::parse(spec);
  INFO(spec);
  REQUIRE(model.ok());
  return *model;
}
std::string error_of(std::string_view spec) {
  const auto model = CpuModel::parse(spec);
  INFO(spec);
  REQUIRE_FALSE(model.ok());
  return model.error().message;
}

TEST_CASE("a bare name is the model") {
  CHECK(good("qemu64").features() == CpuModel::named("qemu64").value().features());
}

TEST_CASE("features are added and taken away in each spelling") {
  for (const char* spec : {"qemu64,+popcnt", "qemu64,popcnt=on", "qemu64,popcnt"}) {
    CHECK(good(spec).has(kFeatPopcnt));
  }
  for (const char* spec : {"max,-popcnt", "max,popcnt=off", "max,+popcnt,-popcnt"}) {
    CHECK_FALSE(good(spec).has(kFeatPopcnt));
  }
  CHECK(good("max,-popcnt,+popcnt").has(kFeatPopcnt));
}

TEST_CASE("CPUID shows the change") {
  const CpuidContext context;
  CHECK((cpuid(good("max,-popcnt"), 1, 0, context).ecx & 1u << 23) == 0);
  CHECK((cpuid(good("qemu64,+popcnt"), 1, 0, context).ecx & 1u << 23) != 0);
}

TEST_CASE("names in use elsewhere are known") {
  CHECK(good("qemu64,+sse4.1").has(kFeatSse41));
  CHECK(good("qemu64,+sse4-2").has(kFeatSse42));
  CHECK(good("qemu64,+lzcnt").has(kFeatLzcnt));
  CHECK_FALSE(good("max,-pni").has(kFeatSse3));
  CHECK_FALSE(good("max,-tsc-deadline").has(kFeatTscDeadline));
  CHECK_FALSE(good("max,-lahf-lm").has(kFeatLahf64));
  CHECK_FALSE(good("max,-arch-capabilities").has(kFeatArchCaps));
}

TEST_CASE("a feature brings what it needs and goes with it") {
  const CpuModel added = good("x86-64-v1,+sse4_2");
  CHECK(added.has(kFeatSse3));
  CHECK(added.has(kFeatSsse3));
  CHECK(added.has(kFeatSse41));
  const CpuModel bare = good("max,-sse");
  CHECK_FALSE(bare.has(kFeatSse2));
  CHECK_FALSE(bare.has(kFeatSse42));
  CHECK(bare.has(kFeatPopcnt));
}

TEST_CASE("errors name what is wrong") {
  CHECK(error_of("host") ==
        "-cpu: unknown model 'host'; the nearest is 'max' (there are x86-64-v1, x86-64-v2, "
        "x86-64-v3, qemu64, max)");
  CHECK(error_of("max,+popcn") ==
        "-cpu: unknown feature 'popcn'; the nearest is 'popcnt' (-cpu help lists them)");
  CHECK(error_of("max,sse3=maybe") == "-cpu: 'sse3=maybe' is neither sse3=on nor sse3=off");
  CHECK(error_of("max,+sse4_2,-sse3") == "-cpu: sse4_2 needs sse3, which is taken away");
  CHECK(error_of("max,") ==
        "-cpu: unknown feature ''; the nearest is 'sse' (-cpu help lists them)");
}

TEST_CASE("a feature that the core lacks cannot be had, only be declined") {
  const uint64_t max = CpuModel::named("max").value().features();
  for (const CpuFeatureRow& row : cpu_feature_rows()) {
    if (max & feature_bit(row.feature)) continue;
    const std::string name(row.name);
    CHECK(error_of("max,+" + name) == "-cpu: this processor core cannot do " + name);
    CHECK(good("max,-" + name).features() == max);
  }
}

}  // namespace
}  // namespace vireo
