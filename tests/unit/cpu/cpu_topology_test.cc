// What CPUID says of packages, cores and threads.
#include "cpu/cpu_topology.h"

#include <doctest/doctest.h>

#include "cpu/cpu_model.h"

namespace vireo {
namespace {

constexpr CpuTopology kLarge{2, 3, 2};  // sockets, cores, threads

CpuidResult leaf(const char* model, const CpuTopology& topology, uint32_t number,
                 uint32_t subleaf = 0) {
  CpuidContext context;
  context.topology = topology;
  context.apic_id = 5;
  return cpuid(CpuModel::named(model).value(), number, subleaf, context);
}

TEST_CASE("APIC ids have fields for thread, core and package") {
  CHECK(kLarge.total() == 12);
  CHECK(kLarge.apic_id(0) == 0);
  CHECK(kLarge.apic_id(1) == 1);
  CHECK(kLarge.apic_id(5) == 5);
  CHECK(kLarge.apic_id(6) == 8);
  CHECK(kLarge.apic_id(11) == 13);
}

TEST_CASE("leaf 1 counts the ids of a package") {
  CHECK((leaf("max", CpuTopology{}, 1).ebx >> 16 & 0xff) == 1);
  CHECK((leaf("max", CpuTopology{}, 1).edx & 1u << 28) == 0);
  CHECK((leaf("max", kLarge, 1).ebx >> 16 & 0xff) == 8);
  CHECK((leaf("max", kLarge, 1).edx & 1u << 28) != 0);
}

TEST_CASE("leaf 4 says who shares a cache") {
  CHECK(leaf("max", CpuTopology{}, 4, 3).eax == 0x163);
  const uint32_t first_level = leaf("max", kLarge, 4, 0).eax;
  CHECK((first_level >> 14 & 0xfff) == 1);
  CHECK((first_level >> 26) == 3);
  CHECK((leaf("max", kLarge, 4, 3).eax >> 14 & 0xfff) == 7);
  CHECK(leaf("max", kLarge, 4, 4).eax == 0);
}

TEST_CASE("leaf 0xb has a level of threads and one of cores") {
  const CpuidResult threads = leaf("max", kLarge, 0xb, 0);
  CHECK(threads.eax == 1);
  CHECK(threads.ebx == 2);
  CHECK(threads.ecx == 0x100);
  CHECK(threads.edx == 5);
  const CpuidResult cores = leaf("max", kLarge, 0xb, 1);
  CHECK(cores.eax == 3);
  CHECK(cores.ebx == 6);
  CHECK(cores.ecx == 0x201);
  CHECK(leaf("max", kLarge, 0xb, 2).ebx == 0);
}

TEST_CASE("leaf 0x1f of the largest model repeats leaf 0xb") {
  CHECK(leaf("max", kLarge, 0).eax == 0x1f);
  CHECK(leaf("max", kLarge, 0x1f, 1).eax == 3);
  CHECK(leaf("max", kLarge, 0x1f, 1).ebx == 6);
  CHECK(leaf("max", kLarge, 0x1f, 1).ecx == 0x201);
  CHECK(leaf("x86-64-v3", kLarge, 0).eax == 0x16);
}

TEST_CASE("an AMD model counts the cores of a package in leaf 0x80000008") {
  CHECK(leaf("qemu64", CpuTopology{}, 0x80000008).ecx == 0);
  CHECK(leaf("qemu64", {1, 4, 1}, 0x80000008).ecx == 0x2003);
  CHECK((leaf("qemu64", {1, 4, 1}, 0x80000001).ecx & 2) != 0);
}

}  // namespace
}  // namespace vireo
