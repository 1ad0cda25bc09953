// Segment descriptors, segment register loads, and what the core caches of them.
#include "cpu/exec/segment.h"

#include "cpu/exec/segment_check.h"
#include "cpu/exec/system_access.h"

namespace vireo {

uint64_t Descriptor::base() const {
  return uint64_t{base_high} << 32 | (high & 0xff000000) | (high & 0xff) << 16 | low >> 16;
}

uint32_t Descriptor::limit() const {
  const uint32_t raw = (high & 0xf0000) | (low & 0xffff);
  return high & 1u << 23 ? raw << 12 | 0xfff : raw;
}

Segment Descriptor::segment(uint16_t selector) const {
  Segment s;
  s.selector = selector;
  s.attributes = static_cast<uint16_t>((high >> 8 & 0xff) | (high >> 12 & 0xf00));
  s.limit = limit();
  s.base = base();
  return s;
}

Status raise_selector(Cpu& cpu, Vector vector, uint16_t selector, uint32_t ext) {
  return cpu.raise(vector, (selector & 0xfffcu) | ext);
}

bool descriptor_address(const Cpu& cpu, uint16_t selector, unsigned size, uint64_t& va) {
  if (null_selector(selector)) return false;
  const bool local = selector & 4;
  if (local && !cpu.ldtr.present()) return false;
  const uint64_t base = local ? cpu.ldtr.base : cpu.gdtr.base;
  const uint32_t limit = local ? cpu.ldtr.limit : cpu.gdtr.limit;
  const uint32_t offset = selector & 0xfff8u;
  va = base + offset;
  return offset + size - 1 <= limit;
}

bool fetch_descriptor(Cpu& cpu, uint16_t selector, Vector vector, uint32_t ext, Descriptor& out) {
  uint64_t va;
  if (!descriptor_address(cpu, selector, 8, va)) {
    raise_selector(cpu, vector, selector, ext);
    return false;
  }
  uint64_t raw;
  if (!read_system(cpu, va, raw)) return false;
  out = {static_cast<uint32_t>(raw), static_cast<uint32_t>(raw >> 32), 0, 0};
  return true;
}

bool fetch_system_descriptor(Cpu& cpu, uint16_t selector, Vector vector, uint32_t ext,
                             Descriptor& out) {
  if (!fetch_descriptor(cpu, selector, vector, ext, out)) return false;
  if (!cpu.long_mode_active() || out.code_or_data()) return true;
  uint64_t va, raw;
  if (!descriptor_address(cpu, selector, 16, va)) {
    raise_selector(cpu, vector, selector, ext);
    return false;
  }
  if (!read_system(cpu, va + 8, raw)) return false;
  out.base_high = static_cast<uint32_t>(raw);
  out.extension = static_cast<uint32_t>(raw >> 32);
  return true;
}

bool set_descriptor_type(Cpu& cpu, uint16_t selector, Descriptor& descriptor, unsigned bits) {
  uint64_t va;
  descriptor.high |= bits << 8;
  if (!descriptor_address(cpu, selector, 8, va)) return true;
  return write_system(cpu, va + 4, descriptor.high);
}

bool mark_accessed(Cpu& cpu, uint16_t selector, Descriptor& descriptor) {
  if (descriptor.type() & 1) return true;
  return set_descriptor_type(cpu, selector, descriptor, 1);
}

bool fetch_stack_segment(Cpu& cpu, uint16_t selector, unsigned cpl, Vector vector, uint32_t ext,
                         Segment& out) {
  Descriptor descriptor;
  if (!fetch_descriptor(cpu, selector, vector, ext, descriptor)) return false;
  if (rpl_of(selector) != cpl || descriptor.dpl() != cpl || !descriptor.writable()) {
    raise_selector(cpu, vector, selector, ext);
    return false;
  }
  if (!descriptor.present()) {
    raise_selector(cpu, kVectorSs, selector, ext);
    return false;
  }
  if (!mark_accessed(cpu, selector, descriptor)) return false;
  out = descriptor.segment(selector);
  return true;
}

Segment flat_code_segment(uint16_t selector, unsigned dpl, bool long_mode) {
  Segment s;
  s.selector = selector;
  s.attributes = static_cast<uint16_t>((long_mode ? 0xa9b : 0xc9b) | dpl << 5);
  s.limit = 0xffffffff;
  return s;
}

Segment flat_stack_segment(uint16_t selector, unsigned dpl) {
  Segment s;
  s.selector = selector;
  s.attributes = static_cast<uint16_t>(0xc93 | dpl << 5);
  s.limit = 0xffffffff;
  return s;
}

void drop_inner_data_segments(Cpu& cpu, unsigned cpl) {
  for (const SegIndex index : {kEs, kDs, kFs, kGs}) {
    Segment& s = cpu.segs[index];
    const bool conforming = s.is_code() && (s.type() & 4);
    if (conforming || s.dpl() >= cpl) continue;
    // A null selector's DPL is 0 here, and its base (FS, GS in 64-bit mode) stays.
    if (null_selector(s.selector)) continue;
    s = Segment{};
  }
}

void load_real_segment(Cpu& cpu, SegIndex index, uint16_t selector) {
  Segment& s = cpu.segs[index];
  if (cpu.v86()) {
    s = Segment{selector, 0xf3, 0xffff, uint64_t{selector} << 4};
    return;
  }
  // A segment that protected mode left unusable has no limit worth keeping.
  if (!s.present()) s = Segment{0, 0x93, 0xffff, 0};
  s.selector = selector;
  s.base = uint64_t{selector} << 4;
}

namespace {

Status load_null(Cpu& cpu, SegIndex index, uint16_t selector) {
  if (index == kSs) {
    const bool allowed =
        cpu.code_mode == CodeMode::k64 && cpu.cpl != 3 && rpl_of(selector) == cpu.cpl;
    if (!allowed) return cpu.raise(kVectorGp, 0);
  }
  Segment null;
  null.selector = selector;
  // A null SS still says which privilege level it belongs to.
  if (index == kSs) null.attributes = static_cast<uint16_t>(cpu.cpl << 5);
  cpu.segs[index] = null;
  cpu.mode_changed();
  return Status::kOk;
}

}  // namespace

bool may_hold(const Cpu& cpu, const Descriptor& descriptor, uint16_t selector) {
  if (!descriptor.code_or_data() || !descriptor.readable()) return false;
  if (descriptor.conforming()) return true;
  return descriptor.dpl() >= cpu.cpl && descriptor.dpl() >= rpl_of(selector);
}

Status load_segment(Cpu& cpu, SegIndex index, uint16_t selector) {
  if (!cpu.protected_mode() || cpu.v86()) {
    load_real_segment(cpu, index, selector);
    cpu.mode_changed();
    return Status::kOk;
  }
  if (null_selector(selector)) return load_null(cpu, index, selector);
  if (index == kSs) {
    Segment ss;
    if (!fetch_stack_segment(cpu, selector, cpu.cpl, kVectorGp, 0, ss)) return Status::kFault;
    cpu.segs[kSs] = ss;
    cpu.mode_changed();
    return Status::kOk;
  }
  Descriptor descriptor;
  if (!fetch_descriptor(cpu, selector, kVectorGp, 0, descriptor)) return Status::kFault;
  if (!may_hold(cpu, descriptor, selector)) return raise_selector(cpu, kVectorGp, selector);
  if (!descriptor.present()) return raise_selector(cpu, kVectorNp, selector);
  if (!mark_accessed(cpu, selector, descriptor)) return Status::kFault;
  cpu.segs[index] = descriptor.segment(selector);
  cpu.mode_changed();
  return Status::kOk;
}

void privilege_changed(Cpu& cpu) {
  const Mmu::Class c = privilege_class(cpu, cpu.cpl);
  const bool user = c == Mmu::kUser;
  cpu.tlb = cpu.checks_alignment() ? cpu.mmu().checked_table() : cpu.mmu().table(c);
  cpu.jump_tag = cpu.blocks().generation(user) << 8 |
                 static_cast<uint64_t>(cpu.vex_decodes()) << 7 |
                 static_cast<uint64_t>(cpu.flat32) << 6 |
                 static_cast<uint64_t>(cpu.code_limited) << 5 |
                 static_cast<uint64_t>(user) << 4 | static_cast<uint64_t>(cpu.code_mode) << 1 |
                 static_cast<uint64_t>(cpu.stack_big);
}

void mappings_changed(Cpu& cpu) {
  cpu.blocks().new_generation();
  privilege_changed(cpu);
}

uint16_t current_pcid(const Cpu& cpu) {
  return static_cast<uint16_t>(cpu.cr4 & kCr4Pcide ? cpu.cr3 & 0xfff : 0);
}

void address_space_changed(Cpu& cpu, bool keep) {
  const bool kept = cpu.mmu().enter_context(current_pcid(cpu), keep);
  cpu.blocks().enter_space(cpu.mmu().space(), kept);
  privilege_changed(cpu);
}

void page_mapping_changed(Cpu& cpu, uint64_t va) {
  if (cpu.mmu().flush_page(va))
    cpu.blocks().new_generation();
  else
    cpu.blocks().page_changed(va);
  privilege_changed(cpu);
}

void Cpu::set_cpl(unsigned cpl_value) {
  cpl = static_cast<uint8_t>(cpl_value);
  privilege_changed(*this);
}

void Cpu::mode_changed() {
  const bool wide = long_mode_active() && segs[kCs].long_mode();
  code_mode = wide ? CodeMode::k64 : segs[kCs].big() ? CodeMode::k32 : CodeMode::k16;
  stack_big = !wide && segs[kSs].big();
  for (const SegIndex index : {kEs, kCs, kSs, kDs}) {
    seg_base[index] = wide ? 0 : segs[index].base;
  }
  seg_base[kFs] = segs[kFs].base;
  seg_base[kGs] = segs[kGs].base;
  code_limited = !wide && segs[kCs].limit != 0xffffffff;
  if (!wide) {
    for (const SegIndex index : {kEs, kCs, kSs, kDs, kFs, kGs}) {
      seg_plain[index] = plain_offsets(*this, segs[index]);
    }
  }
  const auto all_from_0 = [this](SegIndex s) {
    return seg_base[s] == 0 && seg_plain[s] == uint64_t{1} << 32;
  };
  flat32 = code_mode == CodeMode::k32 && stack_big && !code_limited && seg_base[kCs] == 0 &&
           all_from_0(kDs) && all_from_0(kSs);
  privilege_changed(*this);
}

Linear legacy_linear(Cpu& cpu, const Op* op, uint64_t offset) {
  const uint32_t va = static_cast<uint32_t>(cpu.seg_base[op->seg] + offset);
  if (VIREO_LIKELY(offset < cpu.seg_plain[op->seg])) return {va, true};
  return {unsettled_address(op->seg, va), true};
}

}  // namespace vireo
