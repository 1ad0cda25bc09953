#include "cpu/cpu_topology.h"

#include <iterator>

namespace vireo {
namespace {

struct Cache {
  unsigned type, level, ways, sets;
  bool of_package;
};

constexpr unsigned kData = 1, kInstructions = 2, kUnified = 3;
constexpr Cache kCaches[] = {
    {kData, 1, 8, 64, false},          // 32 KiB
    {kInstructions, 1, 8, 64, false},  // 32 KiB
    {kUnified, 2, 8, 2048, false},     // 1 MiB
    {kUnified, 3, 16, 8192, true},     // 8 MiB
};

// A level of leaf 0xb: its type, how far ids are shifted to reach the next level,
// how many processors belong to it.
CpuidResult level(unsigned number, unsigned type, unsigned shift, unsigned processors) {
  return {shift, processors, number | type << 8, 0};
}

}  // namespace

CpuidResult cache_leaf(const CpuTopology& topology, uint32_t subleaf) {
  if (subleaf >= std::size(kCaches)) return {};
  const Cache& cache = kCaches[subleaf];
  const unsigned core_ids = 1u << topology.core_bits();
  const unsigned sharing = cache.of_package ? topology.package_ids() : 1u << topology.thread_bits();
  constexpr uint32_t kSelfInitialising = 1u << 8;
  constexpr uint32_t kLineBytes = 64;
  return {cache.type | cache.level << 5 | kSelfInitialising | (sharing - 1) << 14 |
              (core_ids - 1) << 26,
          (kLineBytes - 1) | (cache.ways - 1) << 22, cache.sets - 1, 0};
}

CpuidResult topology_leaf(const CpuTopology& topology, uint32_t subleaf, uint32_t apic_id) {
  constexpr unsigned kSmt = 1, kCore = 2;
  CpuidResult r = level(subleaf & 0xff, 0, 0, 0);
  if (subleaf == 0) r = level(0, kSmt, topology.thread_bits(), topology.threads);
  if (subleaf == 1) {
    r = level(1, kCore, topology.core_bits() + topology.thread_bits(), topology.package_threads());
  }
  r.edx = apic_id;
  return r;
}

uint32_t amd_core_count(const CpuTopology& topology) {
  if (topology.package_threads() == 1) return 0;
  return (topology.core_bits() + topology.thread_bits()) << 12 | (topology.package_threads() - 1);
}

}  // namespace vireo
