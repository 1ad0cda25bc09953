// How the processors of a machine divide into packages, cores and threads, and
// what CPUID says of it (SDM 3A 9.9.3, 11.12.8; SDM 2A "CPUID", leaves 4, 0xb and 0x1f).
#pragma once

#include <bit>
#include <cstdint>

namespace vireo {

struct CpuidResult {
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

struct CpuTopology {
  unsigned sockets = 1;
  unsigned cores = 1;    // of each package
  unsigned threads = 1;  // of each core

  constexpr unsigned total() const { return sockets * cores * threads; }
  constexpr unsigned package_threads() const { return cores * threads; }

  // APIC ids are made of fields, each as wide as its largest number needs.
  constexpr unsigned thread_bits() const {
    return static_cast<unsigned>(std::bit_width(threads - 1));
  }
  constexpr unsigned core_bits() const { return static_cast<unsigned>(std::bit_width(cores - 1)); }
  // How many ids a package takes, used or not.
  constexpr unsigned package_ids() const { return 1u << (core_bits() + thread_bits()); }

  // Of processor `index`, counting threads first, then cores, then packages.
  constexpr uint32_t apic_id(unsigned index) const {
    const unsigned thread = index % threads;
    const unsigned core = index / threads % cores;
    const unsigned socket = index / (threads * cores);
    return ((socket << core_bits() | core) << thread_bits()) | thread;
  }
};

// Leaf 4: the caches, of which the last is a package's, the others a core's.
CpuidResult cache_leaf(const CpuTopology& topology, uint32_t subleaf);
// Leaf 0xb, and leaf 0x1f, which would tell of more levels than there are.
CpuidResult topology_leaf(const CpuTopology& topology, uint32_t subleaf, uint32_t apic_id);
// ECX of AMD's leaf 0x80000008.
uint32_t amd_core_count(const CpuTopology& topology);

}  // namespace vireo
