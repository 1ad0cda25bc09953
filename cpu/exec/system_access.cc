// Implicit and foreign-privilege memory accesses of system instructions.
#include "cpu/exec/system_access.h"

#include <algorithm>
#include <cstring>

#include "cpu/trace/insn_recorder.h"
#include "cpu/trace/insn_trace.h"

namespace vireo {
namespace {

// The part of [va, va + size) that lies in va's page.
unsigned within_page(uint64_t va, unsigned size) {
  return static_cast<unsigned>(std::min<uint64_t>(size, kPageSize - (va & kPageMask)));
}

// An instruction in the middle of a block may not go to a device, whose time must be
// exact, nor store into decoded code, which may be that of its own block.
bool must_stand_alone(Cpu& cpu, GuestAddr physical, unsigned size, Access access) {
  if (!cpu.executing() || cpu.stepping) return false;
  const HostPage page = cpu.memory().host_page(physical.page());
  if (page.bytes == nullptr) return true;
  if (access == Access::kWrite && !page.writable) return true;
  return access == Access::kWrite && *page.holds_code != 0 && cpu.blocks().covers(physical, size);
}

bool translate(Cpu& cpu, Mmu::Class c, uint64_t va, unsigned size, Access access,
               GuestAddr& physical) {
  Translation translation;
  if (!cpu.mmu().translate(cpu, va, access, c, translation)) return false;
  if (cpu.watches_data() && !cpu.data_accessed(va, size, access == Access::kWrite)) {
    return false;
  }
  physical = translation.physical;
  if (must_stand_alone(cpu, physical, size, access)) {
    cpu.restart_alone();
    return false;
  }
  if (cpu.memory().host_page(physical.page()).bytes != nullptr) {
    cpu.mmu().fill(cpu, c, va, access, translation);
  }
  return true;
}

void read_physical(Cpu& cpu, GuestAddr from, uint8_t* out, unsigned size) {
  if (cpu.memory().read_as_cpu(from, std::as_writable_bytes(std::span(out, size)))) return;
  for (unsigned i = 0; i < size; ++i) {
    out[i] = static_cast<uint8_t>(cpu.read_device(from.value + i, 1));
  }
}

void write_physical(Cpu& cpu, GuestAddr to, const uint8_t* in, unsigned size) {
  if (cpu.memory().write_as_cpu(to, std::as_bytes(std::span(in, size)))) return;
  for (unsigned i = 0; i < size; ++i) cpu.write_device(to.value + i, 1, in[i]);
}

uint64_t linear_address(const Cpu& cpu, uint64_t va) {
  return cpu.long_mode_active() ? va : static_cast<uint32_t>(va);
}

}  // namespace

Mmu::Class privilege_class(const Cpu& cpu, unsigned cpl) {
  if (cpl == 3) return Mmu::kUser;
  const bool may_touch_user = !(cpu.cr4 & kCr4Smap) || (cpu.rflags & kFlagAc);
  return may_touch_user ? Mmu::kSupervisorAc : Mmu::kSupervisor;
}

bool read_linear(Cpu& cpu, Mmu::Class c, uint64_t address, void* out, unsigned size) {
  const uint64_t va = linear_address(cpu, address);
  const TlbEntry& entry = cpu.mmu().table(c)[tlb_index(va)];
  if (entry.read_tag == tlb_tag(va, size)) {
    std::memcpy(out, reinterpret_cast<const void*>(entry.addend + va), size);
    return true;
  }
  auto* bytes = static_cast<uint8_t*>(out);
  for (unsigned done = 0; done < size;) {
    const uint64_t at = linear_address(cpu, va + done);
    const unsigned count = within_page(at, size - done);
    GuestAddr physical;
    if (!translate(cpu, c, at, count, Access::kRead, physical)) return false;
    read_physical(cpu, physical, bytes + done, count);
    done += count;
  }
  return true;
}

bool write_linear(Cpu& cpu, Mmu::Class c, uint64_t address, const void* in, unsigned size) {
  const uint64_t va = linear_address(cpu, address);
  const TlbEntry& entry = cpu.mmu().table(c)[tlb_index(va)];
  if (writable_untraced(entry, va, size)) {
    std::memcpy(reinterpret_cast<void*>(entry.addend + va), in, size);
    if (InsnTrace::recording()) InsnTrace::recorder().store_bytes(va, in, size);
    return true;
  }
  const unsigned first = within_page(va, size);
  GuestAddr physical, second;
  if (!translate(cpu, c, va, first, Access::kWrite, physical)) return false;
  const uint64_t behind = linear_address(cpu, va + first);
  if (first < size && !translate(cpu, c, behind, size - first, Access::kWrite, second)) {
    return false;
  }
  const auto* bytes = static_cast<const uint8_t*>(in);
  write_physical(cpu, physical, bytes, first);
  if (first < size) write_physical(cpu, second, bytes + first, size - first);
  if (InsnTrace::recording()) InsnTrace::recorder().store_bytes(va, in, size);
  return true;
}

bool segment_contains(const Segment& segment, uint64_t offset, unsigned size) {
  const uint64_t last = offset + size - 1;
  const bool expand_down = segment.code_or_data() && !segment.is_code() && (segment.type() & 4);
  if (!expand_down) return last <= segment.limit && last >= offset;
  const uint64_t top = segment.big() ? 0xffffffff : 0xffff;
  return offset > segment.limit && last <= top && last >= offset;
}

StackCursor::StackCursor(Cpu& cpu, uint32_t fault_code)
    : StackCursor(cpu, cpu.segs[kSs], cpu.regs[kRsp], width_of(cpu.code_mode, cpu.segs[kSs]),
                  cpu.cpl, fault_code) {}

StackCursor::StackCursor(Cpu& cpu, const Segment& ss, uint64_t sp, Width width, unsigned cpl,
                         uint32_t fault_code)
    : cpu_(cpu),
      base_(width == Width::k64 ? 0 : ss.base),
      sp_(0),
      ss_(ss),
      width_(width),
      class_(privilege_class(cpu, cpl)),
      fault_code_(fault_code) {
  sp_ = wrap(sp);
}

StackCursor::Width StackCursor::width_of(CodeMode mode, const Segment& ss) {
  if (mode == CodeMode::k64) return Width::k64;
  return ss.big() ? Width::k32 : Width::k16;
}

uint64_t StackCursor::wrap(uint64_t sp) const {
  if (width_ == Width::k64) return sp;
  return width_ == Width::k32 ? static_cast<uint32_t>(sp) : static_cast<uint16_t>(sp);
}

bool StackCursor::address(uint64_t sp, unsigned size, uint64_t& va) {
  va = base_ + sp;
  const bool good = width_ == Width::k64
                        ? is_canonical(cpu_, va) && is_canonical(cpu_, va + size - 1)
                        : segment_contains(ss_, sp, size);
  if (!good) return cpu_.raise(kVectorSs, fault_code_) == Status::kOk;
  const bool misaligned = Mmu::is_user(class_) && cpu_.checks_alignment() && va % size != 0;
  return !misaligned || cpu_.raise(kVectorAc, 0) == Status::kOk;
}

bool StackCursor::push(uint64_t value, unsigned size) {
  const uint64_t sp = wrap(sp_ - size);
  uint64_t va;
  if (!address(sp, size, va) || !write_linear(cpu_, class_, va, &value, size)) return false;
  sp_ = sp;
  return true;
}

bool StackCursor::pop(uint64_t& value, unsigned size) {
  uint64_t va;
  value = 0;
  if (!address(sp_, size, va) || !read_linear(cpu_, class_, va, &value, size)) return false;
  sp_ = wrap(sp_ + size);
  return true;
}

void StackCursor::commit() {
  if (width_ == Width::k16) {
    cpu_.regs[kRsp] = (cpu_.regs[kRsp] & ~uint64_t{0xffff}) | sp_;
  } else {
    cpu_.regs[kRsp] = sp_;
  }
}

}  // namespace vireo
