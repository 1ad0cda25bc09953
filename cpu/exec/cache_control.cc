// TLB and cache control: INVLPG, INVPCID, WBINVD, INVD, CLFLUSH, CLFLUSHOPT.
#include "cpu/exec/operands.h"
#include "cpu/exec/segment.h"
#include "cpu/exec/segment_check.h"
#include "cpu/exec/system_access.h"

namespace vireo {
namespace {

enum InvpcidType : uint64_t { kOneAddress, kOneContext, kAllWithGlobal, kAllWithoutGlobal };

struct InvpcidDescriptor {
  uint64_t pcid, address;
};

bool read_descriptor(Cpu& cpu, const Op* op, InvpcidDescriptor& out) {
  const Linear at = memory_operand(cpu, op);
  if (!at.ok) return false;
  const auto pcid = load_sized(cpu, op, at.va, 8);
  if (!pcid.ok) return false;
  const auto address = load_sized(cpu, op, memory_operand(cpu, op, 8).va, 8);
  out = {pcid.value, address.value};
  return address.ok;
}

bool descriptor_ok(const Cpu& cpu, uint64_t type, const InvpcidDescriptor& d) {
  if (type > kAllWithoutGlobal || d.pcid >> 12 != 0) return false;
  if (type == kOneAddress && !is_canonical_base(cpu, d.address)) return false;
  const bool names_context = type == kOneAddress || type == kOneContext;
  return !names_context || (cpu.cr4 & kCr4Pcide) || d.pcid == 0;
}

// One address goes from all contexts, which is more than was asked for.
void invalidate(Cpu& cpu, InvpcidType type, const InvpcidDescriptor& d) {
  const uint16_t pcid = static_cast<uint16_t>(d.pcid);
  switch (type) {
    case kOneAddress:
      return page_mapping_changed(cpu, d.address);
    case kOneContext:
      if (pcid == current_pcid(cpu)) return address_space_changed(cpu);
      return cpu.mmu().forget_context(pcid);
    case kAllWithGlobal:
      cpu.mmu().flush_all();
      return mappings_changed(cpu);
    case kAllWithoutGlobal:
      cpu.mmu().flush_non_global();
      return mappings_changed(cpu);
  }
}

}  // namespace

namespace sys {

Status invlpg(Cpu& cpu, const Op* op) {
  if (require_cpl0(cpu) != Status::kOk) return Status::kFault;
  uint64_t va = effective_offset(cpu, op) + cpu.seg_base[op->seg];
  if (cpu.code_mode != CodeMode::k64) va = static_cast<uint32_t>(va);
  // A non-canonical address makes it a no-op (SDM 2A "INVLPG").
  if (!is_canonical_base(cpu, va)) return Status::kOk;
  page_mapping_changed(cpu, va);
  return Status::kOk;
}

Status invpcid(Cpu& cpu, const Op* op) {
  if (require_cpl0(cpu) != Status::kOk) return Status::kFault;
  const uint64_t type = low_bytes(cpu.regs[op->dst], cpu.code_mode == CodeMode::k64 ? 8 : 4);
  InvpcidDescriptor d;
  if (!read_descriptor(cpu, op, d)) return Status::kFault;
  if (!descriptor_ok(cpu, type, d)) return cpu.raise(kVectorGp, 0);
  invalidate(cpu, static_cast<InvpcidType>(type), d);
  return Status::kOk;
}

// INVD as well: there is no cache whose contents could be lost.
Status wbinvd(Cpu& cpu, const Op*) { return require_cpl0(cpu); }

// Checked as a one-byte load (SDM 2A "CLFLUSH"); device memory is not touched.
Status clflush(Cpu& cpu, const Op* op) {
  Linear at = memory_operand(cpu, op);
  if (!at.ok || !settle(cpu, at.va, 1, Access::kRead)) return Status::kFault;
  if (host_for_read(cpu, at.va, 1) != nullptr) return Status::kOk;
  Translation ignored;
  const bool mapped =
      cpu.mmu().translate(cpu, at.va, Access::kRead, privilege_class(cpu, cpu.cpl), ignored);
  return mapped ? Status::kOk : Status::kFault;
}

}  // namespace sys
}  // namespace vireo
