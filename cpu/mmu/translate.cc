// From a linear address to a physical one: who may do what to a page, and the
// page faults of those who may not (SDM 3A 4.6, 4.7).
#include "cpu/mmu/address_width.h"
#include "cpu/mmu/page_walk.h"
#include "cpu/mmu/paging_bits.h"

namespace vireo {
namespace {

// SDM 3A 4.6.1, without protection keys.
bool rights_allow(const Cpu& cpu, const PageWalk& walk, Access access, Mmu::Class c) {
  const bool user = Mmu::is_user(c);
  if (user && !walk.user()) return false;
  if (access == Access::kExec) {
    if (walk.no_execute()) return false;
    return user || !walk.user() || !(cpu.cr4 & kCr4Smep);
  }
  if (c == Mmu::kSupervisor && walk.user() && (cpu.cr4 & kCr4Smap)) return false;
  if (access == Access::kRead) return true;
  return walk.writable() || (!user && !(cpu.cr0 & kCr0Wp));
}

// SDM 3A 4.6.2: keys limit data access to user pages, of supervisors as well.
bool key_allows(const Cpu& cpu, const PageWalk& walk, Access access, Mmu::Class c) {
  if (!(cpu.cr4 & kCr4Pke) || !cpu.long_mode_active()) return true;
  if (access == Access::kExec || !walk.user()) return true;
  const uint32_t rights = cpu.pkru >> 2 * walk.protection_key();
  if (rights & 1) return false;
  if (access == Access::kRead || !(rights & 2)) return true;
  return !Mmu::is_user(c) && !(cpu.cr0 & kCr0Wp);
}

bool permitted(const Cpu& cpu, const PageWalk& walk, Access access, Mmu::Class c) {
  return rights_allow(cpu, walk, access, c) && key_allows(cpu, walk, access, c);
}

uint32_t error_code(const Cpu& cpu, const PageWalk& walk, PageWalk::End end, Access access,
                    Mmu::Class c) {
  uint32_t code = end == PageWalk::End::kNotPresent ? 0 : kFaultPresent;
  if (access == Access::kWrite) code |= kFaultWrite;
  if (Mmu::is_user(c)) code |= kFaultUser;
  if (end == PageWalk::End::kReservedBit) code |= kFaultReserved;
  if (end == PageWalk::End::kMapped && !key_allows(cpu, walk, access, c)) code |= kFaultKey;
  const bool nx_active = (cpu.cr4 & kCr4Pae) && (cpu.efer & kEferNxe);
  if (access == Access::kExec && (nx_active || (cpu.cr4 & kCr4Smep))) code |= kFaultFetch;
  return code;
}

GuestAddr unpaged(const Cpu& cpu, uint64_t va, Access access) {
  return cpu.bus_address(va & 0xffffffff, access == Access::kExec);
}

}  // namespace

bool Mmu::translate(Cpu& cpu, uint64_t va, Access access, Class c, Translation& out) {
  const TranslationFault fault = attempt(cpu, va, access, c, out);
  if (fault.vector == 0) return true;
  if (fault.vector == kVectorPf) cpu.raise_page_fault(va, fault.error_code);
  else cpu.raise(kVectorGp, 0);
  return false;
}

TranslationFault Mmu::attempt(Cpu& cpu, uint64_t va, Access access, Class c, Translation& out) {
  if (!cpu.paging()) {
    out = Translation{unpaged(cpu, va, access), true, true};
    return {};
  }
  if (cpu.long_mode_active() && !is_canonical(cpu, va)) return {kVectorGp, 0};
  PageWalk walk(cpu, va);
  const PageWalk::End end = walk.run();
  if (end != PageWalk::End::kMapped || !permitted(cpu, walk, access, c)) {
    return {kVectorPf, error_code(cpu, walk, end, access, c)};
  }
  walk.set_accessed_dirty(access == Access::kWrite);
  out.physical = cpu.bus_address(walk.physical(), access == Access::kExec);
  out.global = walk.global() && (cpu.cr4 & kCr4Pge);
  out.page_shift = static_cast<uint8_t>(walk.page_shift());
  out.key = static_cast<uint8_t>(walk.user() ? walk.protection_key() : kNoKey);
  out.writable = walk.dirty() && permitted(cpu, walk, Access::kWrite, c);
  return {};
}

bool Mmu::probe(Cpu& cpu, uint64_t va, GuestAddr& physical) {
  if (!cpu.paging()) {
    physical = unpaged(cpu, va, Access::kExec);
    return true;
  }
  if (cpu.long_mode_active() && !is_canonical(cpu, va)) return false;
  PageWalk walk(cpu, va);
  if (walk.run() != PageWalk::End::kMapped) return false;
  physical = cpu.bus_address(walk.physical(), true);
  return true;
}

}  // namespace vireo
