// Inner stacks from legacy task state segments.
#include "cpu/exec/stack_switch.h"

#include "cpu/exec/segment.h"
#include "cpu/exec/system_access.h"

namespace vireo {
namespace {

bool read_pointer(Cpu& cpu, unsigned cpl, uint64_t& sp, uint16_t& selector) {
  if (cpu.tr.type() & 8) {
    uint32_t esp;
    const uint64_t at = cpu.tr.base + 4 + 8 * cpl;
    if (!read_system(cpu, at, esp) || !read_system(cpu, at + 4, selector)) return false;
    sp = esp;
    return true;
  }
  uint16_t sp16;
  const uint64_t at = cpu.tr.base + 2 + 4 * cpl;
  if (!read_system(cpu, at, sp16) || !read_system(cpu, at + 2, selector)) return false;
  sp = sp16;
  return true;
}

}  // namespace

bool inner_stack_from_tss(Cpu& cpu, unsigned cpl, uint32_t ext, InnerStack& out) {
  const uint32_t last = cpu.tr.type() & 8 ? 4 + 8 * cpl + 5 : 2 + 4 * cpl + 3;
  if (!cpu.tr.present() || last > cpu.tr.limit) {
    raise_selector(cpu, kVectorTs, cpu.tr.selector, ext);
    return false;
  }
  uint16_t selector;
  if (!read_pointer(cpu, cpl, out.sp, selector)) return false;
  if (null_selector(selector)) return cpu.raise(kVectorTs, ext) == Status::kOk;
  return fetch_stack_segment(cpu, selector, cpl, kVectorTs, ext, out.ss);
}

}  // namespace vireo
