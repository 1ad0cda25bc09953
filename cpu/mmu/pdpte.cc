#include "cpu/mmu/pdpte.h"

#include <algorithm>
#include <array>

#include "cpu/mmu/address_width.h"
#include "cpu/mmu/paging_bits.h"

namespace vireo {
namespace {

// Bits 2:1, 8:5 and 63:M (SDM 3A table 4-8).
constexpr uint64_t kReserved = 0x1e6 | ~kPhysicalAddressMask;

}  // namespace

bool uses_pae_paging(uint64_t cr0, uint64_t cr4, uint64_t efer) {
  return (cr0 & kCr0Pg) && (cr4 & kCr4Pae) && !(efer & kEferLma);
}

Status load_pdptes(Cpu& cpu, uint64_t cr3) {
  std::array<uint64_t, 4> loaded;
  for (unsigned i = 0; i < 4; ++i) {
    loaded[i] = 0;
    cpu.memory().read_as_cpu(cpu.bus_address((cr3 & 0xffffffe0) + 8 * i),
                             std::as_writable_bytes(std::span(&loaded[i], 1)));
    if ((loaded[i] & kPtePresent) && (loaded[i] & kReserved)) return cpu.raise(kVectorGp, 0);
  }
  std::copy(loaded.begin(), loaded.end(), cpu.pdptes);
  return Status::kOk;
}

}  // namespace vireo
